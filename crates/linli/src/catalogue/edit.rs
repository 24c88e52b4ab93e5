//! 事项和立案标准的维护: the pages on which officials add, change and close classes.

use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use linli_rules::calendar::LimitKind;

use super::acts::{AddClass, ChangeClass, CloseClass};
use super::rules::{self, ANSWERS, GRADES, KINDS};
use super::store::{self, Term};
use super::{Class, Filed, FiledUnder, PUBLIC, edit_form, gloss, seed, web};
use crate::act::{Act, Done, Failure, FieldProblem};
use crate::base::Id;
use crate::page::{Form, Frame, Page, Problems, Visitor, render, see_other};

/// The act of all that is done here.
const CHANGE: &str = "class.change";

fn allowed(visitor: &Visitor) -> Done<()> {
    visitor.duty(CHANGE)
}

#[derive(Template)]
#[template(path = "catalogue/pages/admin.html")]
struct AdminPage {
    f: Frame,
    classes: Vec<ListLine>,
    closed: Vec<ListLine>,
}

struct ListLine {
    code: String,
    title: String,
    group: String,
    limits: String,
}

pub(super) async fn list(visitor: Visitor) -> Page {
    allowed(&visitor)?;
    let (classes, closed, standards) = visitor
        .read(|tx| Ok((store::all(tx)?, store::closed(tx)?, store::all_standards(tx)?)))
        .await?;
    let lang = visitor.lang;
    let line = |class: &Class| {
        let own = standards.iter().filter(|standard| standard.class == class.id);
        let mut limits: Vec<String> = own.map(|one| web::limit(one.limit, lang)).collect();
        limits.dedup();
        ListLine {
            code: class.code.clone(),
            title: class.title.pick(lang).to_owned(),
            group: class.group.pick(lang).to_owned(),
            limits: limits.join(lang.pick("、", ", ")),
        }
    };
    render(&AdminPage {
        f: visitor.frame(lang.say("catalogue.admin.title")),
        classes: classes.iter().map(line).collect(),
        closed: closed.iter().map(line).collect(),
    })
}

/// A value with what it is called.
type Choice = (String, String);

#[derive(Template)]
#[template(path = "catalogue/pages/edit.html")]
struct EditPage {
    f: Frame,
    /// Empty for a new class.
    code: String,
    closed: bool,
    form: Form,
    problems: Problems,
    act_id: Id,
    standards: Vec<usize>,
    /// Standards in force that the form has no room for.
    beyond: usize,
    questions: Vec<usize>,
    kinds: Vec<Choice>,
    body_kinds: Vec<Choice>,
    limit_kinds: Vec<Choice>,
    grades: Vec<Choice>,
    answers: Vec<Choice>,
    terms: Vec<TermLine>,
    /// Cases that were reported under it; of a class that is not public, those under way only.
    filed: Filed,
}

/// A standard that holds or held, and when.
struct TermLine {
    condition: String,
    closing: String,
    limit: String,
    since: String,
    until: String,
}

impl EditPage {
    /// The value of a numbered field.
    fn at(&self, name: &str, n: &usize) -> String {
        self.form.get(&format!("{name}.{n}")).to_owned()
    }
}

fn choices(visitor: &Visitor, what: &str, all: &[&str]) -> Vec<Choice> {
    let say =
        |one: &&str| ((*one).to_owned(), visitor.lang.say(&format!("catalogue.{what}.{one}")));
    all.iter().map(say).collect()
}

fn page(visitor: &Visitor, known: Option<&Known>, form: Form, problems: Problems) -> Page {
    let lang = visitor.lang;
    let class = known.map(|known| &known.class);
    let title = match class {
        Some(class) => lang.with("catalogue.edit.title", &class.title.pick(lang)),
        None => lang.say("catalogue.edit.new"),
    };
    let body_kind = |kind: seed::BodyKind| (kind.id.clone(), kind.title.pick(lang).to_owned());
    let limits: Vec<&str> = LimitKind::ALL.iter().map(|kind| kind.name()).collect();
    let day = |at| visitor.district.local(at);
    let term = |term: &Term| TermLine {
        condition: gloss::said(lang, &term.standard.condition),
        closing: gloss::list(lang, &term.standard.closing, ("；", "; ")),
        limit: web::limit(term.standard.limit, lang),
        since: day(term.since),
        until: term.until.map(day).unwrap_or_default(),
    };
    let wrong = !problems.is_empty();
    let page = render(&EditPage {
        f: visitor.frame(title),
        code: class.map(|class| class.code.clone()).unwrap_or_default(),
        closed: known.is_some_and(|known| known.closed),
        filed: known.map(|known| known.filed).unwrap_or_default(),
        beyond: known.map_or(0, Known::beyond),
        standards: (0..edit_form::standards_in(&form)).collect(),
        questions: (0..edit_form::questions_in(&form)).collect(),
        form,
        problems,
        act_id: visitor.district.new_id(),
        kinds: choices(visitor, "kind", &KINDS),
        body_kinds: seed::body_kinds()?.into_iter().map(body_kind).collect(),
        limit_kinds: choices(visitor, "limit_kind", &limits),
        grades: choices(visitor, "grade", &GRADES),
        answers: choices(visitor, "answer", &ANSWERS),
        terms: known.iter().flat_map(|known| &known.terms).map(term).collect(),
    })?;
    if wrong { Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response()) } else { Ok(page) }
}

pub(super) async fn show_new(visitor: Visitor) -> Page {
    allowed(&visitor)?;
    let first = [("publicity", "public"), ("limit_kind.0", "work_day"), ("grade.0", "normal")];
    let form = Form::from_pairs(first.map(|(name, value)| (name.to_owned(), value.to_owned())));
    page(&visitor, None, form, Problems::default())
}

/// A class by its code, closed or not, with all the standards it has and had.
struct Known {
    class: Class,
    closed: bool,
    terms: Vec<Term>,
    filed: Filed,
}

impl Known {
    fn beyond(&self) -> usize {
        let standing = self.terms.iter().filter(|term| term.until.is_none()).count();
        standing.saturating_sub(rules::MOST_STANDARDS)
    }
}

async fn known(visitor: &Visitor, code: String, filed: FiledUnder) -> Done<Known> {
    allowed(visitor)?;
    visitor
        .read(move |tx| {
            let (class, closed) = match store::by_code(tx, &code)? {
                Some(class) => (class, false),
                None => {
                    let all = store::closed(tx)?;
                    let found = all.into_iter().find(|class| class.code == code);
                    (found.ok_or(Failure::Hidden)?, true)
                }
            };
            let terms = store::terms(tx, &class.id)?;
            let mut filed = filed(tx, &class.id)?;
            if class.publicity != PUBLIC {
                filed.public = 0;
            }
            Ok(Known { class, closed, terms, filed })
        })
        .await
}

pub(super) async fn show(
    visitor: Visitor,
    Path(code): Path<String>,
    Extension(filed): Extension<FiledUnder>,
) -> Page {
    let known = known(&visitor, code, filed).await?;
    let standing = known.terms.iter().filter(|term| term.until.is_none());
    let standing: Vec<_> = standing.map(|term| term.standard.clone()).collect();
    let form = edit_form::filled(&known.class, &standing);
    page(&visitor, Some(&known), form, Problems::default())
}

/// Performs, or gives what was wrong with the form.
async fn put<A: Act>(visitor: &Visitor, id: Id, act: A) -> Done<Vec<FieldProblem>> {
    match visitor.perform(id, act).await {
        Ok(_) => Ok(Vec::new()),
        Err(Failure::Invalid(wrong)) => Ok(wrong),
        Err(other) => Err(other),
    }
}

pub(super) async fn add(visitor: Visitor, form: Form) -> Page {
    allowed(&visitor)?;
    let (fields, standards, mut wrong) = edit_form::read(&form);
    let (code, kind) = (form.get("code").to_owned(), form.get("kind").to_owned());
    if wrong.is_empty() {
        let id = form.act_id(visitor.district.new_id());
        let act = AddClass { id: id.clone(), code: code.clone(), kind, fields, standards };
        wrong = put(&visitor, id, act).await?;
    } else {
        wrong.splice(0..0, rules::check_new(&code, &kind));
    }
    if wrong.is_empty() {
        return Ok(see_other(&format!("/admin/classes/{code}?done=class.create")));
    }
    page(&visitor, None, form, wrong.into())
}

pub(super) async fn change(
    visitor: Visitor,
    Path(code): Path<String>,
    Extension(filed): Extension<FiledUnder>,
    form: Form,
) -> Page {
    let known = known(&visitor, code, filed).await?;
    let class = &known.class;
    let id = form.act_id(visitor.district.new_id());
    let seen = form.get("seen").parse().unwrap_or(0);
    if form.get("do") == "close" {
        visitor.perform(id, CloseClass { id: class.id.clone(), seen }).await?;
        return Ok(see_other("/admin/classes?done=class.close"));
    }
    let (fields, standards, mut wrong) = edit_form::read(&form);
    if wrong.is_empty() {
        let (of, stays) = (class.id.clone(), form.get("stays") == "yes");
        let act = ChangeClass { id: of, seen, fields, standards, stays, filed };
        wrong = put(&visitor, id, act).await?;
    }
    if wrong.is_empty() {
        return Ok(see_other(&format!("/admin/classes/{}?done=class.change", class.code)));
    }
    page(&visitor, Some(&known), form, wrong.into())
}
