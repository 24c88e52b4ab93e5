//! 我的通知: what a person was told, newest first, on the site itself.

use askama::Template;
use axum::Router;
use axum::routing::{get, post};

use super::store::{read_about, unread, unread_about};
use super::{Named, NoticeView, TitleOf, name, news, page_of_person, read_all};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Visitor, render, see_other};
use crate::store::ReadTx;
use crate::words::Lang;

/// Notices on a page.
const MOST: usize = 20;

pub fn routes(title_of: TitleOf) -> Router<Districts> {
    Router::new()
        .route("/me/notices", get(move |visitor| show(visitor, title_of)))
        .route("/me/notices/read", post(mark_read))
}

/// What was told of one case, or else by itself, newest first.
struct Group {
    about: Option<Id>,
    /// Of the case: its number.
    number: Option<String>,
    href: Option<String>,
    title: String,
    /// It waits for the reader's rating.
    to_rate: bool,
    lines: Vec<Line>,
}

struct Line {
    text: String,
    when: String,
    unread: bool,
    /// Whether it went by text message too.
    texted: Option<String>,
}

#[derive(Template)]
#[template(path = "notice/pages/notices.html")]
struct Notices {
    f: Frame,
    groups: Vec<Group>,
    unread: i64,
    /// Where the page of older ones is.
    older: Option<String>,
    /// This is such a page.
    is_older: bool,
}

async fn show(visitor: Visitor, title_of: TitleOf) -> Page {
    let person = visitor.person()?;
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query);
    let asked = Form::parse(query.as_bytes()).unwrap_or_default();
    let before = asked.get("before").parse().ok();
    let is_older = before.is_some();
    let reader = visitor.clone();
    let look = move |tx: &ReadTx<'_>| {
        let most = i64::try_from(MOST).unwrap_or(i64::MAX - 1) + 1;
        let mut all = page_of_person(tx, &person, before, most)?;
        let named = name(tx, &reader, title_of, &mut all)?;
        Ok((all, named))
    };
    let (mut all, named) = visitor.read(look).await?;
    let more = all.len() > MOST;
    all.truncate(MOST);
    let last = all.last().filter(|_| more);
    let older = last.map(|last| format!("/me/notices?before={}", last.news));
    let mut groups: Vec<Group> = Vec::new();
    for notice in &all {
        let line = line(visitor.lang, notice, visitor.district.local(notice.at));
        let same = |group: &&mut Group| group.about.is_some() && group.about == notice.matter;
        match groups.iter_mut().find(same) {
            Some(group) => group.lines.push(line),
            None => {
                let named = notice.matter.as_ref().and_then(|matter| named.get(matter));
                groups.push(group(notice, named.cloned().unwrap_or_default(), line));
            }
        }
    }
    let f = visitor.frame(visitor.lang.say("notices.title"));
    render(&Notices { groups, unread: f.unread, older, is_older, f })
}

fn group(notice: &NoticeView, named: Named, first: Line) -> Group {
    let about = |what: &str| {
        let param = notice.params.iter().find(|(name, _)| name == what);
        param.map(|(_, value)| value.clone())
    };
    let number = about("number");
    let case = number.as_ref().map(|number| format!("/cases/{number}"));
    let proposal = || about("proposal").map(|id| format!("/duties/proposals/{id}"));
    let post = || about("post").map(|id| format!("/admin/posts/{id}"));
    let key = || about("key").map(|_| "/me/keys".to_owned());
    let grid = || {
        let code = about("grid")?;
        let posts = notice.kind.ends_with("_posts");
        Some(if posts { "/admin/posts?only=homeless".to_owned() } else { format!("/grids/{code}") })
    };
    let list = || (notice.kind == "duty.brought").then(|| "/duties/changes".to_owned());
    let href = case.or_else(proposal).or_else(list).or_else(post).or_else(key).or_else(grid);
    let Named { title, to_rate } = named;
    Group { about: notice.matter.clone(), number, href, title, to_rate, lines: vec![first] }
}

fn line(lang: Lang, notice: &NoticeView, when: String) -> Line {
    let texted = notice.text.as_ref().map(|(texted, phone)| lang.with(texted.key(), phone));
    Line { texted, text: news::alone(lang, notice), when, unread: notice.unread }
}

/// Who opens a matter has read what they were told of it; the frame of the page counts without it.
pub async fn opened(visitor: &mut Visitor, matter: &Id) -> Done<()> {
    let told = visitor.signed_in.as_ref().filter(|signed_in| signed_in.unread > 0);
    let Some(signed_in) = told else { return Ok(()) };
    let (person, matter) = (signed_in.person.clone(), matter.clone());
    let about = (person.clone(), matter.clone());
    let of_it = visitor.read(move |tx| Ok(unread_about(tx, &about.0, &about.1)?)).await?;
    if of_it == 0 {
        return Ok(());
    }
    let (store, now) = (visitor.district.store(), visitor.district.now());
    let them = person.clone();
    store.upkeep(move |door| read_about(door, &them, &matter, now)).await?;
    // Counted anew: what the frame says stops at some number.
    let left = visitor.read(move |tx| Ok(unread(tx, &person)?)).await?;
    if let Some(signed_in) = &mut visitor.signed_in {
        signed_in.unread = left;
    }
    Ok(())
}

async fn mark_read(visitor: Visitor) -> Page {
    let (person, now) = (visitor.person()?, visitor.district.now());
    let store = visitor.district.store();
    store.upkeep(move |door| read_all(door, &person, now)).await.map_err(Failure::from)?;
    Ok(see_other("/me/notices"))
}
