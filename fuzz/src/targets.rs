//! The targets. Whatever the bytes are, a parser answers; where it takes them, what it made of them
//! must hold. `bin/drill fuzz` runs each for a while, and the tests throw a few hundred specimens.

use std::path::PathBuf;
use std::sync::OnceLock;

use linli::affairs::appeal;
use linli::app;
use linli::base::Clock;
use linli::channel::decode;
use linli::channel::sheet::Kind;
use linli::channel::sheet::check::check;
use linli::district::{Config, District};
use linli::file::{self, Shelf};
use linli::territory::{Area, found, import};
use linli_record::leaf::Leaf;
use linli_record::note::{Checkpoint, Note, Verifier};
use linli_record::receipt::{Promise, Receipt};
use linli_rules::calendar::Calendar;
use linli_rules::codes::{CitizenId, CreditCode, DivisionCode};
use linli_rules::{Day, Instant, mask};

/// A name and what takes the bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 13] = [
    ("addresses", addresses),
    ("area", area),
    ("calendar", calendar),
    ("codes", codes),
    ("form", form),
    ("leaf", leaf),
    ("note", note),
    ("photo", photo),
    ("places", places),
    ("procedure", procedure),
    ("promise", promise),
    ("receipt", receipt),
    ("sheets", sheets),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A leaf of the record: there is one way to write it.
pub fn leaf(bytes: &[u8]) {
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(leaf.encode().ok().as_deref(), Some(bytes));
    }
}

/// Signed notes, checkpoints and the keys they are checked with.
pub fn note(bytes: &[u8]) {
    let text = text(bytes);
    let _ = Note::parse(&text);
    let _ = Verifier::parse(&text);
    let _ = Checkpoint::parse(&text);
}

/// A receipt that a resident brings.
pub fn receipt(bytes: &[u8]) {
    let _ = Receipt::parse(&text(bytes));
}

/// The short promise of a QR code.
pub fn promise(bytes: &[u8]) {
    let _ = Promise::from_compact(&text(bytes));
}

/// A procedure file: taken and drawn, or each problem with its line.
pub fn procedure(bytes: &[u8]) {
    let text = text(bytes);
    match appeal::parse(&text) {
        Ok(process) => {
            assert!(process.svg("zh").starts_with("<svg"));
            let _ = (process.layers(), process.transitions());
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = text.lines().count() + 1;
            assert!(problems.iter().all(|problem| problem.line <= lines), "{problems:?}");
        }
    }
}

/// A calendar of holidays.
pub fn calendar(bytes: &[u8]) {
    if let Ok(calendar) = Calendar::from_json(&text(bytes)) {
        let _ = calendar.years().take(10_000).count();
    }
}

/// Official codes, times and days, and the mask over running text.
pub fn codes(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(code) = DivisionCode::parse(&text) {
        assert!(code.parent().is_none_or(|parent| parent.holds(&code)));
    }
    let _ = DivisionCode::parse_padded(&text);
    let _ = (CitizenId::parse(&text).map(|id| id.birth()), CreditCode::parse(&text));
    let _ = text.parse::<Day>();
    if let Ok(at) = Instant::from_rfc3339(&text) {
        let _ = at.to_rfc3339(480);
    }
    let _ = mask::mask_text(&text);
}

/// A boundary: what is taken can be written and taken again.
pub fn area(bytes: &[u8]) {
    if let Ok(area) = Area::parse(&text(bytes)) {
        assert!(Area::parse(&area.geojson()).is_ok());
        let _ = (area.twice_extent(), area.square_metres_or_none());
    }
}

/// Places with their boundaries, as one file.
pub fn places(bytes: &[u8]) {
    let _ = import::features("file", &text(bytes));
}

/// A list of addresses.
pub fn addresses(bytes: &[u8]) {
    let _ = found::read_addresses(&text(bytes));
}

/// Excel, CSV, lines of JSON, packed or not: the dry run of an import.
pub fn sheets(bytes: &[u8]) {
    for kind in Kind::ALL {
        let checked = check(district(), kind, bytes);
        assert!(checked.is_ok(), "the database failed under a sheet");
    }
}

/// A photo, developed and put on a shelf.
pub fn photo(bytes: &[u8]) {
    let shelf = Shelf::at(&folder().join("photos"));
    if let Ok(stored) = file::take_blocking(&shelf, "photo", bytes) {
        assert!(shelf.read(&stored.hash, false).is_some());
    }
}

/// What the targets write; whoever runs them takes it away.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("linli-fuzz-{}", std::process::id()))
}

/// A district to read sheets against, made once.
fn district() -> &'static District {
    static DISTRICT: OnceLock<District> = OnceLock::new();
    DISTRICT.get_or_init(|| {
        let dir = folder().join("district");
        Config::new("测试区", "990101").write(&dir).unwrap();
        District::found(&dir, Clock::default(), &app::wiring().unwrap()).unwrap()
    })
}

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
