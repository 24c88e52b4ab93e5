//! The record for people: the page about it, receipts, the page that checks them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use linli_paper::Slip;
use serde::Deserialize;

use super::receipt::{self, Made};
use super::{OfRows, signer, store};
use crate::act::{Done, Failure};
use crate::base::{Fault, Id};
use crate::page::{Frame, Page, Visitor, asset, render};
use crate::store::{ReadTx, StoreError};

#[derive(Template)]
#[template(path = "record/pages/log.html")]
struct LogPage {
    f: Frame,
    origin: String,
    key: String,
    size: i64,
    signed_at: String,
    checkpoint: String,
    asked: String,
    found: Option<Found>,
}

/// What the record knows of the number somebody typed.
struct Found {
    act_id: String,
    act: String,
    at: String,
    place: Option<i64>,
    rows: usize,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    act: String,
}

pub async fn log(visitor: Visitor, Query(asked): Query<Asked>) -> Page {
    let typed: String = asked.act.trim().chars().take(80).collect();
    let number = Id::parse(&typed.to_ascii_lowercase());
    let (newest, leaf) = visitor
        .read(move |tx| {
            let leaf = number.as_ref().map(|id| known(tx, id)).transpose()?.flatten();
            Ok((store::newest(tx)?, leaf))
        })
        .await?;
    let district = &visitor.district;
    let found = leaf.map(|(leaf, place)| Found {
        act: district.processes.act_title(&leaf.act, visitor.lang),
        at: district.local(crate::base::Instant(leaf.at)),
        act_id: leaf.act_id,
        place: place.map(|place| place + 1),
        rows: leaf.rows.len(),
    });
    let verifier = signer(&district.config, &district.keys)?.verifier();
    let page = LogPage {
        f: visitor.frame(visitor.lang.say("record.title")),
        origin: district.config.origin.clone(),
        key: verifier.to_string(),
        size: newest.as_ref().map_or(0, |n| n.size),
        signed_at: newest.as_ref().map_or_else(String::new, |n| district.local(n.at)),
        checkpoint: newest.map_or_else(String::new, |n| n.note),
        asked: typed,
        found,
    };
    render(&page)
}

type Known = Option<(linli_record::leaf::Leaf, Option<i64>)>;

fn known(tx: &ReadTx<'_>, act_id: &Id) -> Result<Known, StoreError> {
    let Some(stored) = store::leaf(tx, act_id)? else { return Ok(None) };
    let leaf = linli_record::leaf::Leaf::decode(&stored.body);
    let leaf = leaf.map_err(|e| Fault::new(format!("the leaf of {act_id}: {e}")))?;
    Ok(Some((leaf, stored.place)))
}

#[derive(Template)]
#[template(path = "record/pages/receipt.html")]
struct ReceiptPage {
    f: Frame,
    r: Told,
    facts: Vec<Fact>,
    words: bool,
    qr: String,
}

/// What a receipt says, on a page or on paper.
struct Told {
    act_id: String,
    act: String,
    at: String,
    place: Option<u64>,
    key: String,
    link: String,
    /// The row it is about, as its holder may see it today.
    row: Vec<Fact>,
}

/// `/receipts/ID` for people, `/receipts/ID.json` as the file to keep, `/receipts/ID.pdf` on paper.
pub(super) async fn receipt(visitor: Visitor, Path(name): Path<String>, of: OfRows) -> Page {
    let (number, kind) = name.split_once('.').unwrap_or((name.as_str(), ""));
    let act_id = Id::parse(number).ok_or(Failure::Hidden)?;
    // The file to keep says nothing of the row.
    let (made, row) = made(&visitor, act_id.clone(), of, matches!(kind, "" | "pdf")).await?;
    match kind {
        "" => {
            let r = told(&visitor, &act_id, &made, row)?;
            let f = visitor.frame(visitor.lang.say("record.receipt.title"));
            render(&ReceiptPage {
                f,
                words: !made.receipt.rows.is_empty(),
                qr: receipt::qr(&r.link)?,
                facts: facts(&visitor, &r, "record.receipt.waiting"),
                r,
            })
        }
        "json" => {
            let json = made.receipt.to_json();
            let json = json.map_err(|e| Fault::new(format!("the receipt: {e}")))?;
            download(&name, "application/json", json.into())
        }
        "pdf" => {
            let r = told(&visitor, &act_id, &made, row)?;
            let face = linli_paper::find()?;
            let paper = linli_paper::write_slip(&slip(&visitor, &r)?, &face)?;
            download(&name, "application/pdf", paper)
        }
        _ => Err(Failure::Hidden),
    }
}

fn told(visitor: &Visitor, act_id: &Id, made: &Made, row: Vec<Fact>) -> Done<Told> {
    let config = &visitor.district.config;
    let link = receipt::link(&config.address, &made.receipt)
        .ok_or_else(|| Fault::new("the promise does not fit a link"))?;
    Ok(Told {
        act_id: act_id.to_string(),
        act: visitor.district.processes.act_title(&made.act, visitor.lang),
        at: visitor.district.local(made.at),
        place: made.receipt.inclusion.as_ref().map(|inclusion| inclusion.index + 1),
        key: signer(config, &visitor.district.keys)?.verifier().to_string(),
        link,
        row,
    })
}

/// The address of the page that checks, to be typed from paper.
fn verify_at(address: &str) -> String {
    format!("{}/verify", address.trim_end_matches('/'))
}

/// One line of a receipt.
#[derive(Clone)]
pub struct Fact {
    title: String,
    value: String,
    link: Option<String>,
    /// Letters and digits that mean nothing to the eye.
    is_code: bool,
}

impl Fact {
    pub fn new(title: String, value: String) -> Fact {
        Fact { title, value, link: None, is_code: false }
    }

    #[must_use]
    pub fn linked(self, link: String) -> Fact {
        Fact { link: Some(link), ..self }
    }
}

/// What a receipt says, line by line; `waiting`: what is said of its place while it has none.
fn facts(visitor: &Visitor, r: &Told, waiting: &str) -> Vec<Fact> {
    let lang = visitor.lang;
    let place = r.place.map(|place| lang.with("record.found.placed", &place));
    let told = |key: &str, value: String| Fact::new(lang.say(key), value);
    let code = |key: &str, value: &str| Fact { is_code: true, ..told(key, value.to_owned()) };
    let lines = [
        told("record.receipt.district", visitor.district.config.name.clone()),
        code("record.found.number", &r.act_id),
        told("record.found.act", r.act.clone()),
        told("record.found.at", r.at.clone()),
        told("record.found.place", place.unwrap_or_else(|| lang.say(waiting))),
        code("record.now.key", &r.key),
        told("record.receipt.verify_at", verify_at(&visitor.district.config.address)),
    ];
    r.row.iter().cloned().chain(lines).collect()
}

fn slip(visitor: &Visitor, r: &Told) -> Done<Slip> {
    let say = |key: &str| visitor.lang.say(key);
    let told = facts(visitor, r, "record.receipt.promised");
    Ok(Slip {
        title: format!("{} · {}", visitor.district.config.name, say("record.receipt.title")),
        note: say("record.receipt.lead"),
        facts: told.into_iter().map(|fact| (fact.title, fact.value)).collect(),
        code: receipt::squares(&r.link)?,
        beside: say("record.receipt.scan"),
    })
}

/// A receipt, where the visitor may have it, and what is told of the row it is about.
async fn made(v: &Visitor, act_id: Id, of: OfRows, with_row: bool) -> Done<(Made, Vec<Fact>)> {
    let signer = signer(&v.district.config, &v.district.keys)?;
    let (actor, duties, telling) = (v.actor.clone(), Arc::clone(&v.duties), (of.told)(v));
    v.read(move |tx| {
        let made = receipt::for_reader(tx, &signer, &act_id, (&actor, &duties), &of)?;
        let about = with_row && made.subject_kind == of.of.kind;
        let row = Id::parse(&made.subject_id).filter(|_| about);
        let told = row.map_or_else(|| Ok(Vec::new()), |id| telling(tx, &id))?;
        Ok((made, told))
    })
    .await
}

fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Page {
    let name = format!("attachment; filename=\"receipt-{name}\"");
    let name = HeaderValue::from_str(&name).map_err(|e| Fault::new(e.to_string()))?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// The page that checks receipts, as the web build made it: it holds everything it needs, under a
/// policy that lets it ask nothing of anybody.
pub async fn verify() -> Result<Response, Failure> {
    let (Some(page), Some(policy)) = (asset("verify.html"), asset("verify.csp")) else {
        return Err(Failure::Hidden);
    };
    let policy = String::from_utf8_lossy(policy);
    let policy = format!("{}; frame-ancestors 'none'", policy.trim());
    let policy = HeaderValue::from_str(&policy).map_err(|e| Fault::new(e.to_string()))?;
    let lines = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    Ok((lines, page).into_response())
}
