//! What comes over the wire, before a district is asked: forms, JSON, addresses.

use axum::body::Body;
use axum::http::Request;
use linli::act::FieldProblem;
use linli::affairs::appeal::desk::filter::Filter;
use linli::base::Id;
use linli::base::twice;
use linli::channel::decode;
use linli::page::{Bringing, Form, Takes};
use linli::record::address::Address;

use super::text;

/// The form of an Open311 call.
pub fn form(bytes: &[u8]) {
    for (name, value) in decode::pairs(bytes).unwrap_or_default() {
        assert!(!name.contains('\0') && !value.contains('\0'));
        if let Some(e7) = decode::degrees_e7(&value, 180) {
            // What is told has six decimals.
            let told = decode::degrees_e7(&decode::degrees(e7), 180);
            assert!(told.is_some_and(|told| told.abs_diff(e7) <= 5), "{value}: {told:?}");
        }
    }
    let _ = decode::segment(bytes);
}

/// The form of a page, as browsers send those without files.
pub fn typed(bytes: &[u8]) {
    let Some(form) = Form::parse(bytes) else { return };
    sound(&form);
    let written = serde_urlencoded::to_string(form.pairs().collect::<Vec<_>>());
    let again = Form::parse(written.expect("a form can be written").as_bytes());
    assert!(again.is_some_and(|again| again.pairs().eq(form.pairs())));
}

/// What holds of every form that is taken.
fn sound(form: &Form) {
    let id = form.get("act_id");
    assert!(id.is_empty() || Id::parse(id).is_some(), "{id}");
    assert!(form.pairs().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
}

/// A form in parts: a photo or two, a table that may be pasted instead, and what was typed.
pub fn parts(bytes: &[u8]) {
    const MOST_FILE: usize = 2000;
    const MOST_TYPED: usize = 256 * 1024;
    let told = |code| FieldProblem::new("photos", code);
    let takes = Takes {
        field: "photos",
        count: 2,
        most: MOST_FILE,
        pasted: Some("pasted"),
        too_large: told("file_too_big"),
        endless: told("photos_too_large_together"),
    };
    let request = Request::post("/")
        .header("content-type", "multipart/form-data; boundary=B")
        .body(Body::from(bytes.to_vec()))
        .expect("a request can be made");
    let posted = super::wait(Bringing::from(request).read(&takes));
    assert!(posted.files.len() <= 2);
    assert!(posted.files.iter().all(|file| file.bytes.len() <= MOST_FILE));
    if posted.problems.is_empty() {
        sound(&posted.form);
        let typed = posted.form.pairs().filter(|(name, _)| *name != "pasted");
        assert!(typed.map(|(_, value)| value.len()).sum::<usize>() <= MOST_TYPED);
        assert!(posted.form.all("pasted").iter().all(|text| text.len() <= MOST_FILE));
    }
}

/// JSON of which no name is said twice: the same as any reader finds, but for names said twice.
pub fn json(bytes: &[u8]) {
    let text = text(bytes);
    let plain: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    match twice::read(&text) {
        Ok((value, twice)) => {
            assert_eq!(Some(&value), plain.as_ref());
            // What lies there may be gone: an outer name said twice as well has another value then.
            assert!(twice.is_none_or(|at| at.starts_with('/')), "{text}");
        }
        Err(_) => assert_eq!(plain, None),
    }
}

/// An address under `/log/tile/`: each thing has one only.
pub fn tile(bytes: &[u8]) {
    let text = text(bytes);
    let Some(address) = Address::parse(&text) else { return };
    let (head, index, width) = match address {
        Address::Hashes { level, index, width } => (level.to_string(), index, width),
        Address::Leaves { index, width } => ("entries".to_owned(), index, width),
    };
    assert!((1..=256).contains(&width));
    // C2SP tlog-tiles: groups of three digits, each but the last behind an x.
    let (mut groups, mut left) = (vec![format!("{:03}", index % 1000)], index / 1000);
    while left > 0 {
        groups.insert(0, format!("x{:03}", left % 1000));
        left /= 1000;
    }
    let part = if width < 256 { format!(".p/{width}") } else { String::new() };
    assert_eq!(format!("{head}/{}{part}", groups.join("/")), text);
}

/// What the desk shows, as its address says it: the address that it writes says the same.
pub fn desk(bytes: &[u8]) {
    let filter = Filter::parse(&text(bytes));
    let href = filter.here(&[("open", &filter.open)]);
    let query = href.split_once('?').map_or("", |(_, query)| query);
    // A day that is none was told of, and stands in no address of ours.
    let said = Filter { misread: Vec::new(), ..filter };
    assert_eq!(Filter::parse(query), said, "{href}");
}
