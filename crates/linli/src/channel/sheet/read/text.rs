//! The letters of a text file: UTF-8, or GB 18030 as Chinese offices write it. Nothing else.

use encoding_rs::GB18030;

use super::{Unreadable, unreadable};
use crate::channel::sheet::{Grade, Remark};

/// The text of a file. What is neither UTF-8 nor plausible GB 18030 is refused with the place of
/// the first byte that cannot be, counted from 0.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(unreadable("binary"));
    }
    let first_bad = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error.valid_up_to(),
    };
    if let Some(at) = implausible(bytes) {
        return Err(bad_byte(at));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(bad_byte(first_bad)),
    }
}

fn bad_byte(at: usize) -> Unreadable {
    Box::new(Remark::new(Grade::Wrong, 0, "", "not_our_letters").with("at", at))
}

/// Where the bytes stop being Chinese text in GB 18030: at a byte that cannot follow, or, when
/// most pairs lie outside the everyday characters of GB 2312, at the first of those. Latin-1 text
/// is found out that way: its letters with accents stand singly before ASCII letters.
fn implausible(bytes: &[u8]) -> Option<usize> {
    let (mut everyday, mut odd, mut first_odd) = (0_usize, 0_usize, None);
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        let Some(length) = length_at(bytes, at) else {
            return if odd > everyday { first_odd } else { Some(at) };
        };
        if length == 2 && lead >= 0xa1 && bytes.get(at + 1).is_some_and(|b| *b >= 0xa1) {
            everyday += 1;
        } else if length > 1 {
            odd += 1;
            first_odd = first_odd.or(Some(at));
        }
        at += length;
    }
    if odd > everyday { first_odd } else { None }
}

/// How many bytes the character at a place has; `None` where there can be none.
fn length_at(bytes: &[u8], at: usize) -> Option<usize> {
    let byte = |n: usize| bytes.get(at + n).copied();
    match (byte(0)?, byte(1)) {
        (..=0x7f, _) => Some(1),
        (0x81..=0xfe, Some(0x40..=0x7e | 0x80..=0xfe)) => Some(2),
        (0x81..=0xfe, Some(0x30..=0x39)) => match (byte(2), byte(3)) {
            (Some(0x81..=0xfe), Some(0x30..=0x39)) => Some(4),
            _ => None,
        },
        _ => None,
    }
}
