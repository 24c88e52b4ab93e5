//! Of which kind it is: what the words speak for first, with the words; everything else by group.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::{Pad, asked, gone, open};
use crate::act::{Done, FieldProblem};
use crate::base::sort;
use crate::catalogue::{self, Book, Class};
use crate::page::{Form, Frame, Page, Problems, Visitor, render};

/// Proposals shown at once.
const MOST: usize = 3;
/// The value that stands for "I do not know".
pub(super) const UNKNOWN: &str = "unknown";

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_class.html")]
struct ClassPage {
    f: Frame,
    pad: Pad,
    back: String,
    search: String,
    /// Classes that fit the search, or are proposed.
    found: usize,
    proposed: Vec<Choice>,
    groups: Vec<Group>,
    /// The one chosen, also when it stands further down.
    chosen: String,
    problems: Problems,
}

/// A class as a choice.
struct Choice {
    code: String,
    title: String,
    plain: String,
    /// The words that spoke for it.
    reason: String,
}

struct Group {
    title: String,
    choices: Vec<Choice>,
    open: bool,
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let query = asked(&visitor);
    let Some(pad) = open(&visitor, &headers, &query).await? else { return Ok(gone()) };
    let search = query.get("q").chars().take(40).collect();
    render(&page(&visitor, pad, search, Problems::default()).await?)
}

async fn page(visitor: &Visitor, pad: Pad, search: String, problems: Problems) -> Done<ClassPage> {
    let district = std::sync::Arc::clone(&visitor.district);
    let book = visitor.read(move |tx| Ok(catalogue::book(&district, tx)?)).await?;
    let classes = &book.classes;
    let chosen = match pad.draft.class.as_deref() {
        Some("") => UNKNOWN.to_owned(),
        Some(code) => code.to_owned(),
        None => String::new(),
    };
    let proposed = if search.is_empty() {
        proposed(visitor, &book, &pad.draft.words)
    } else {
        let fits = |class: &&Class| matches(class, &search);
        classes.iter().filter(fits).map(|class| choice(visitor, class, String::new())).collect()
    };
    let mut page = ClassPage {
        f: visitor.frame(visitor.lang.say("report.class.title")),
        back: pad.link(""),
        chosen,
        groups: groups(visitor, classes, &proposed),
        found: proposed.len(),
        proposed,
        search,
        problems,
        pad,
    };
    // A proposal that clearly leads stands ready; a click is enough.
    if page.chosen.is_empty() && page.search.is_empty() {
        let proposals = book.proposals(&page.pad.draft.words, MOST);
        page.chosen = Book::ready(&proposals).map_or_else(String::new, |best| best.code.clone());
    }
    let chosen = page.chosen.clone();
    for group in &mut page.groups {
        group.open = group.choices.iter().any(|choice| choice.code == chosen);
    }
    Ok(page)
}

fn choice(visitor: &Visitor, class: &Class, reason: String) -> Choice {
    Choice {
        code: class.code.clone(),
        title: class.title.pick(visitor.lang).to_owned(),
        plain: class.plain.pick(visitor.lang).to_owned(),
        reason,
    }
}

fn proposed(visitor: &Visitor, book: &Book, words: &str) -> Vec<Choice> {
    let found = book.proposals(words, MOST);
    let one = |p: &linli_rules::classify::Proposal| {
        let class = book.by_code(&p.code)?;
        let comma = visitor.lang.pick("、", ", ");
        let reason = visitor.lang.with("report.class.because", &p.matched.join(comma));
        Some(choice(visitor, class, reason))
    };
    found.iter().filter_map(one).collect()
}

/// By title, plain words, keyword, or the first letters of the title's pinyin.
fn matches(class: &Class, search: &str) -> bool {
    let search = search.to_lowercase();
    let texts = [&class.title.zh, &class.title.en, &class.plain.zh, &class.plain.en, &class.code];
    texts.into_iter().chain(&class.keywords).any(|text| text.to_lowercase().contains(&search))
        || sort::initials(&class.title.zh).contains(&search)
}

/// Every class that is not among the proposals, by group in the order of the catalogue.
fn groups(visitor: &Visitor, classes: &[Class], proposed: &[Choice]) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for class in classes {
        if proposed.iter().any(|choice| choice.code == class.code) {
            continue;
        }
        let title = class.group.pick(visitor.lang);
        let one = choice(visitor, class, String::new());
        match out.iter_mut().find(|group| group.title == title) {
            Some(group) => group.choices.push(one),
            None => out.push(Group { title: title.to_owned(), choices: vec![one], open: false }),
        }
    }
    out
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    let code = form.get("class").to_owned();
    if code == UNKNOWN {
        pad.draft.class = Some(String::new());
        return pad.onward(&visitor).await;
    }
    let wanted = code.clone();
    let known = visitor.read(move |tx| Ok(catalogue::store::by_code(tx, &wanted)?)).await?;
    if known.is_some() {
        pad.draft.class = Some(code);
        return pad.onward(&visitor).await;
    }
    let wrong = if code.is_empty() { "choose_class" } else { "no_such_class" };
    let problems = Problems::from(vec![FieldProblem::new("class", wrong)]);
    let again = render(&page(&visitor, pad, String::new(), problems).await?)?;
    Ok(unprocessable(again))
}

pub(in crate::affairs::appeal) fn unprocessable(again: Response) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, again).into_response()
}
