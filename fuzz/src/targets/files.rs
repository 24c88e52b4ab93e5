//! What is read by itself: the record and its receipts, boundaries, codes, photos.

use linli::base::letters;
use linli::file::{self, Shelf};
use linli::territory::rules::{self, Knife};
use linli::territory::{Area, divisions, found};
use linli_record::leaf::Leaf;
use linli_record::note::{Checkpoint, Note, Verifier};
use linli_record::receipt::{Promise, Receipt};
use linli_rules::codes::{CitizenId, CreditCode, DivisionCode};
use linli_rules::{Day, Instant, mask};

use super::{folder, is_line_of, text};

/// A leaf of the record: there is one way to write it.
pub fn leaf(bytes: &[u8]) {
    if let Ok(leaf) = Leaf::decode(bytes) {
        assert_eq!(leaf.encode().ok().as_deref(), Some(bytes));
    }
}

/// Signed notes, checkpoints and the keys they are checked with.
pub fn note(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(note) = Note::parse(&text) {
        assert_eq!(Note::parse(&note.to_string()).ok(), Some(note));
    }
    if let Ok(verifier) = Verifier::parse(&text) {
        assert_eq!(verifier.to_string(), text);
    }
    let _ = Checkpoint::parse(&text);
}

/// A receipt that a resident brings.
pub fn receipt(bytes: &[u8]) {
    if let Ok(receipt) = Receipt::parse(&text(bytes)) {
        let written = receipt.to_json().expect("a receipt can be written");
        assert_eq!(Receipt::parse(&written).ok(), Some(receipt));
    }
}

/// The short promise of a QR code.
pub fn promise(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(promise) = Promise::from_compact(&text) {
        assert_eq!(promise.compact().as_deref(), Some(text.as_str()));
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
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string(), text);
    }
    if let Ok(at) = Instant::from_rfc3339(&text) {
        assert_eq!(Instant::from_rfc3339(&at.to_rfc3339(480)).ok(), Some(at), "{text}");
    }
    // What is left of one number may look like another, and is masked again; no star is taken away.
    let masked = mask::mask_text(&text);
    let again = mask::mask_text(&masked);
    assert_eq!(again.chars().count(), masked.chars().count(), "{text}");
    assert!(masked.chars().zip(again.chars()).all(|(one, two)| two == one || two == '*'), "{text}");
}

/// A boundary: what is taken can be written and taken again.
pub fn area(bytes: &[u8]) {
    if let Ok(area) = Area::parse(&text(bytes)) {
        assert_eq!(Area::parse(&area.geojson()).as_ref(), Ok(&area));
        assert!(area.twice_extent() > 0 && area.square_metres_or_none() > 0);
    }
}

/// A line or an area that a grid is cut with: no ground is lost and none is in both parts.
pub fn knife(bytes: &[u8]) {
    let ring = "[[121.0,31.0],[121.01,31.0],[121.01,31.01],[121.0,31.01],[121.0,31.0]]";
    let whole = Area::parse(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
    let whole = whole.expect("a square is an area");
    let Ok(knife) = Knife::parse(&text(bytes)) else { return };
    if let Some((inside, rest)) = rules::cut(&whole, &knife) {
        let all = whole.square_metres();
        let lost = all - inside.square_metres() - rest.square_metres();
        assert!(lost.abs() <= rules::tolerance(all), "{lost} m² lost by {knife:?}");
        assert!(rules::overlap(&inside, &rest) <= rules::tolerance(all), "{knife:?}");
    }
}

/// A list of addresses: each line is one, or is named.
pub fn addresses(bytes: &[u8]) {
    let text = text(bytes);
    match found::read_addresses(&text) {
        Ok(addresses) => assert!(addresses.len() < text.lines().count().max(1)),
        Err(linli::act::Failure::Invalid(problems)) => {
            let line = |field: &str| field.strip_prefix("line")?.parse::<usize>().ok();
            let named = |field: &str| line(field).is_some_and(|line| is_line_of(line, &text));
            assert!(problems.iter().all(|problem| named(&problem.field)), "{problems:?}");
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// The table of divisions, unpacked: codes of one of the five lengths, each beneath the one before
/// it that it names, in order.
pub fn divisions(bytes: &[u8]) {
    let mut packed = Vec::new();
    let mut packing = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    std::io::Read::read_to_end(&mut packing, &mut packed).expect("bytes can be packed");
    let Ok(all) = divisions::of_table(&packed[..], "") else { return };
    for pair in all.windows(2) {
        assert!(pair[0].code < pair[1].code, "{pair:?}");
    }
    for one in &all {
        assert!(matches!(one.code.len(), 2 | 4 | 6 | 9 | 12), "{one:?}");
        let above = one.parent_code();
        let there = all.binary_search_by(|other| other.code.as_str().cmp(above)).is_ok();
        assert!(above.is_empty() || there, "{one:?}");
    }
}

/// The letters of a file: text is as it was sent, whichever of the two ways it was written.
pub fn letters(bytes: &[u8]) {
    let Ok(text) = letters::decoded(bytes) else { return };
    let marked = format!("\u{feff}{text}");
    assert_eq!(letters::decoded(marked.as_bytes()).as_ref(), Ok(&text));
    assert!(!text.contains('\0'));
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.as_bytes() != bare {
        let (again, _, whole) = encoding_rs::GB18030.encode(&text);
        let read = encoding_rs::GB18030.decode_without_bom_handling(&again).0;
        assert!(!whole && read == text, "{text}");
    }
}

/// A photo, developed and put on a shelf.
pub fn photo(bytes: &[u8]) {
    let shelf = Shelf::at(&folder().join("photos"));
    if let Ok(stored) = file::take_blocking(&shelf, "photo", bytes) {
        assert!(shelf.read(&stored.hash, false).is_some());
    }
}
