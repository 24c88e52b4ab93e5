//! 投诉对象: the body a report complains of, if any. Its own people then keep away (回避).

use askama::Template;
use axum::http::HeaderMap;

use super::class::unprocessable;
use super::{Pad, asked, gone, open};
use crate::act::{Done, FieldProblem};
use crate::page::{Form, Frame, Page, Problems, Visitor, render};
use crate::people::remit::{self, Answering};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_about.html")]
struct AboutPage {
    f: Frame,
    pad: Pad,
    back: String,
    bodies: Vec<Answering>,
    problems: Problems,
}

impl AboutPage {
    fn is_chosen(&self, body: &Answering) -> bool {
        self.pad.draft.about.as_ref() == Some(&body.id)
    }
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    render(&page(&visitor, pad, Problems::default()).await?)
}

async fn page(visitor: &Visitor, pad: Pad, problems: Problems) -> Done<AboutPage> {
    Ok(AboutPage {
        f: visitor.frame(visitor.lang.say("report.about.title")),
        back: pad.link("/check"),
        bodies: bodies(visitor, &pad).await?,
        pad,
        problems,
    })
}

/// Bodies that answer for something where it is.
async fn bodies(visitor: &Visitor, pad: &Pad) -> Done<Vec<Answering>> {
    let report = pad.draft.report(visitor);
    let district = visitor.district.clone();
    visitor
        .read(move |tx| {
            let place = super::super::report::place_of(&district, tx, &report)?;
            Ok(remit::answering(tx, None, &place.path)?)
        })
        .await
}

/// Puts down the body that was chosen; only one that is offered where it is can be.
pub(super) async fn choose(visitor: &Visitor, pad: &mut Pad, chosen: &str) -> Done<Problems> {
    pad.draft.about = None;
    if chosen.is_empty() {
        return Ok(Problems::default());
    }
    let known = bodies(visitor, pad).await?;
    pad.draft.about = known.into_iter().map(|body| body.id).find(|id| id.as_str() == chosen);
    Ok(match pad.draft.about {
        Some(_) => Problems::default(),
        None => vec![FieldProblem::new("about", "not_an_option")].into(),
    })
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    let problems = choose(&visitor, &mut pad, form.get("about")).await?;
    if !problems.is_empty() {
        return Ok(unprocessable(render(&page(&visitor, pad, problems).await?)?));
    }
    pad.onward(&visitor).await
}
