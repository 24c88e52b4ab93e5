//! What came over the wire as text: strictly UTF-8, no NUL, numbers without rounding errors.

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode;

/// Why bytes are no text for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotText {
    /// GB 18030 or Latin-1 where UTF-8 is asked for.
    Encoding,
    /// A NUL, which no text of ours has.
    Nul,
}

/// Whether a body comes packed, as by gzip: none is unpacked here.
pub fn is_packed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The pairs of a query string or of an `application/x-www-form-urlencoded` body.
pub fn pairs(raw: &[u8]) -> Result<Vec<(String, String)>, NotText> {
    let parts = raw.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = match part.iter().position(|byte| *byte == b'=') {
                Some(at) => (&part[..at], &part[at + 1..]),
                None => (part, &[][..]),
            };
            Ok((piece(name)?, piece(value)?))
        })
        .collect()
}

fn piece(raw: &[u8]) -> Result<String, NotText> {
    let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    segment(&spaced)
}

/// A part of a path, or any percent-encoded text.
pub fn segment(raw: &[u8]) -> Result<String, NotText> {
    let bytes: Vec<u8> = percent_decode(raw).collect();
    text(bytes)
}

/// Bytes as text.
pub fn text(bytes: Vec<u8>) -> Result<String, NotText> {
    let text = String::from_utf8(bytes).map_err(|_| NotText::Encoding)?;
    if text.contains('\0') { Err(NotText::Nul) } else { Ok(text) }
}

/// `35.541234` → 355412340; digits after the seventh are dropped. `None` when it is no decimal
/// number of at most `most` degrees.
pub fn degrees_e7(text: &str, most: i64) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let sound = |s: &str| s.len() <= 40 && s.bytes().all(|b| b.is_ascii_digit());
    if !sound(whole) || !sound(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let seven: String = part.chars().chain("0000000".chars()).take(7).collect();
    let value = whole.checked_mul(10_000_000)?.checked_add(seven.parse().ok()?)?;
    (value <= most * 10_000_000).then_some(if negative { -value } else { value })
}

/// 355412345 → `35.541235`: six decimals, as report apps print them.
pub fn degrees(e7: i64) -> String {
    let micro = (e7.unsigned_abs() + 5) / 10;
    let sign = if e7 < 0 && micro > 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

/// A cell of a sheet that no program takes for a formula.
pub fn cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if risky { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_strict_utf_8() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let good = pairs("a=1&%E8%B7%AF=%E7%81%AF+x&b".as_bytes());
        assert_eq!(good, Ok(vec![pair("a", "1"), pair("路", "灯 x"), pair("b", "")]));
        assert_eq!(pairs(b"a=%C2%B7%B5%C6"), Err(NotText::Encoding));
        assert_eq!(pairs(b"a=%00"), Err(NotText::Nul));
        assert_eq!(pairs(b"a=%zz&&"), Ok(vec![pair("a", "%zz")]));
    }

    #[test]
    fn degrees_come_and_go() {
        assert_eq!(degrees_e7("35.541234", 90), Some(355_412_340));
        assert_eq!(degrees_e7("-0.00000019", 90), Some(-1));
        assert_eq!(degrees_e7("+106", 180), Some(1_060_000_000));
        for wrong in ["", "-", ".", "1e3", "NaN", "90.1", "٣", "1.2.3", "99999999999999999999"] {
            assert_eq!(degrees_e7(wrong, 90), None, "{wrong}");
        }
        assert_eq!(degrees(355_412_345), "35.541235");
        assert_eq!(degrees(-1_060_000_000), "-106.000000");
        assert_eq!(degrees(-1), "0.000000");
    }

    #[test]
    fn a_cell_is_no_formula() {
        for risky in ["=1+1", "＝1+1", "＋1", "－1", "＠x", "\tx"] {
            assert_eq!(cell(risky), format!("'{risky}"));
        }
        assert_eq!(cell("路灯"), "路灯");
    }
}
