//! With one's name or without: as the class allows, and as the reporter likes.

use askama::Template;
use axum::http::HeaderMap;

use super::{Pad, asked, gone, open, store};
use crate::page::{Form, Frame, Page, Visitor, render, see_other};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_who.html")]
struct WhoPage {
    f: Frame,
    pad: Pad,
    back: String,
    /// The class may be reported without a name.
    anonymous: bool,
    /// The signed-in person, masked.
    name: Option<String>,
    sign_in: String,
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    if pad.draft.behalf(&visitor).is_some() {
        return Ok(see_other(&format!("/counter?d={}", pad.key)));
    }
    let class = pad.class(&visitor).await?;
    let next = pad.link("/check");
    let next = percent_encoding::utf8_percent_encode(&next, percent_encoding::NON_ALPHANUMERIC);
    render(&WhoPage {
        f: visitor.frame(visitor.lang.say("report.who.title")),
        back: pad.link("/place"),
        anonymous: class.is_none_or(|class| class.anonymous),
        name: visitor.signed_in.as_ref().map(|signed_in| signed_in.name.clone()),
        sign_in: format!("/sign-in?next={next}"),
        pad,
    })
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    pad.draft.named = Some(form.get("named") != "no");
    let class = pad.class(&visitor).await?;
    let nameless = class.is_none_or(|class| class.anonymous);
    if pad.draft.named == Some(false) && !nameless {
        pad.draft.named = None;
        store::save(&visitor, &pad.row, &pad.draft).await?;
        return Ok(see_other(&pad.link("/who")));
    }
    pad.onward(&visitor).await
}
