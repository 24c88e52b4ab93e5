//! 我的通知: what a person was told, newest first, on the site itself.

use askama::Template;
use axum::Router;
use axum::routing::{get, post};

use super::store::{read_about, unread, unread_about};
use super::{NoticeView, of_person, read_all};
use crate::act::{Done, Failure};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Frame, Page, Visitor, render, see_other};
use crate::words::Lang;

/// Notices on the page; older ones are still in the case they are about.
const MOST: i64 = 100;

pub fn routes() -> Router<Districts> {
    Router::new().route("/me/notices", get(show)).route("/me/notices/read", post(mark_read))
}

struct Line {
    text: String,
    when: String,
    href: Option<String>,
    unread: bool,
    /// Whether it went by text message too.
    texted: Option<String>,
}

#[derive(Template)]
#[template(path = "notice/pages/notices.html")]
struct Notices {
    f: Frame,
    lines: Vec<Line>,
    unread: usize,
}

async fn show(visitor: Visitor) -> Page {
    let person = visitor.person()?;
    let all = visitor.read(move |tx| Ok(of_person(tx, &person, MOST)?)).await?;
    let line = |notice: &NoticeView| line(visitor.lang, notice, visitor.district.local(notice.at));
    let lines: Vec<Line> = all.iter().map(line).collect();
    let unread = lines.iter().filter(|line| line.unread).count();
    let f = visitor.frame(visitor.lang.say("notices.title"));
    render(&Notices { f, lines, unread })
}

fn line(lang: Lang, notice: &NoticeView, when: String) -> Line {
    let about = |what: &str| notice.params.iter().find(|(name, _)| name == what);
    let case = about("number").map(|(_, number)| format!("/cases/{number}"));
    let proposal = || about("proposal").map(|(_, id)| format!("/duties/proposals/{id}"));
    let grid = || {
        let (_, code) = about("grid")?;
        let posts = notice.kind.ends_with("_posts");
        Some(if posts { "/admin/posts?only=homeless".to_owned() } else { format!("/grids/{code}") })
    };
    let texted = notice.text.as_ref().map(|(texted, phone)| lang.with(texted.key(), phone));
    Line {
        texted,
        text: lang.fill(&format!("notice.{}", notice.kind), &notice.params),
        when,
        href: case.or_else(proposal).or_else(grid),
        unread: notice.unread,
    }
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
