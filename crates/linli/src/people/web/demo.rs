//! The doors of a demonstration: what was "sent", who can be tried. Nowhere else do they exist.

use askama::Template;
use axum::Router;
use axum::routing::get;

use crate::act::{Done, Failure};
use crate::district::Districts;
use crate::page::{Frame, Page, Visitor, render};
use crate::people::sms;

pub(super) fn routes() -> Router<Districts> {
    Router::new().route("/demo/messages", get(messages))
}

/// In a district that serves people these pages do not exist.
fn only_demo(v: &Visitor) -> Done<()> {
    if v.district.config.demo { Ok(()) } else { Err(Failure::Hidden) }
}

struct Message {
    at: String,
    phone: String,
    text: String,
}

#[derive(Template)]
#[template(path = "people/pages/messages.html")]
struct MessagesPage {
    f: Frame,
    messages: Vec<Message>,
}

async fn messages(v: Visitor) -> Page {
    only_demo(&v)?;
    let all = sms::gate(&v.district).fake.as_ref().map(|fake| fake.all()).unwrap_or_default();
    let messages = all
        .into_iter()
        .map(|m| Message { at: v.district.local(m.at), phone: m.phone, text: m.text })
        .collect();
    render(&MessagesPage { f: v.frame(v.lang.say("people.messages.title")), messages })
}
