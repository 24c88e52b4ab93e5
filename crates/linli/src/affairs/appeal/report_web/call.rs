//! 请先打电话: for danger to life one calls first. Words that tell of it lead here before any class is
//! asked, and on to the rest of the report afterwards; an answer that ends the form leads here too.

use askama::Template;
use axum::http::HeaderMap;

use super::{Pad, asked, gone, open};
use crate::catalogue::emergency;
use crate::page::{Form, Frame, Page, Visitor, render, see_other};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_stop.html")]
struct StopPage {
    f: Frame,
    back: String,
    message: String,
    /// The numbers named in the message, for buttons that call them.
    numbers: Vec<String>,
    /// The draft that may go on; none where an answer ends the form.
    goes_on: Option<Pad>,
}

/// The page that says whom to call; it goes back to `back`.
pub(super) fn page(visitor: &Visitor, back: String, message: &str, goes_on: Option<Pad>) -> Page {
    render(&StopPage {
        f: visitor.frame(visitor.lang.say("report.stop.title")),
        back,
        numbers: numbers(message),
        message: message.to_owned(),
        goes_on,
    })
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    let Some(message) = emergency::told(&pad.draft.words) else {
        return Ok(see_other(&pad.next(&visitor).await?));
    };
    page(&visitor, pad.link(""), message.pick(visitor.lang), Some(pad))
}

/// They have called; the report goes on with what they wrote.
pub async fn called(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    pad.draft.called = true;
    pad.onward(&visitor).await
}

/// Telephone numbers in a sentence: runs of 3 to 12 digits, each once.
fn numbers(message: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for run in message.split(|c: char| !c.is_ascii_digit()) {
        if (3..=12).contains(&run.len()) && !out.iter().any(|known| known == run) {
            out.push(run.to_owned());
        }
    }
    out
}
