//! The letters of a file that people bring: UTF-8, or GB 18030 as Chinese offices write it. Nothing
//! else is guessed at: a wrong guess would be kept as if it had been said.

use std::path::Path;

use encoding_rs::GB18030;

use super::Fault;

/// Why a file cannot be read as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterProblem {
    /// UTF-16, with or without its mark.
    Utf16,
    /// No text at all.
    Binary,
    /// A line with a byte that begins no character, counted from 1.
    NoCharacter { line: usize },
}

impl LetterProblem {
    /// The sentence in the messages: `problem.CODE`.
    pub fn code(self) -> &'static str {
        match self {
            LetterProblem::Utf16 => "letters_utf16",
            LetterProblem::Binary => "letters_binary",
            LetterProblem::NoCharacter { .. } => "letters_not_ours",
        }
    }
}

/// The text of a file that programs write and read: UTF-8 and nothing else.
pub fn utf8_file(path: &Path) -> Result<String, Fault> {
    let doing = || format!("reading {}", path.display());
    let bytes = std::fs::read(path).map_err(|e| Fault::from(e).context(doing()))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Fault::new(format!("no UTF-8: {e}")).known_as("not_utf8").context(doing()))?;
    Ok(text.to_owned())
}

/// The text of a file, without the mark that may stand before it.
pub fn decoded(bytes: &[u8]) -> Result<String, LetterProblem> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        return Err(LetterProblem::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(if in_pairs(bytes) { LetterProblem::Utf16 } else { LetterProblem::Binary });
    }
    let first_bad = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error.valid_up_to(),
    };
    if let Some(at) = implausible(bytes) {
        return Err(no_character(bytes, at));
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| no_character(bytes, first_bad))
}

/// In both ways of writing, the byte that ends a line stands in no other character.
fn no_character(bytes: &[u8], at: usize) -> LetterProblem {
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    LetterProblem::NoCharacter { line: before + 1 }
}

/// Letters of two bytes: commas and line ends then have a zero, always on the same side.
fn in_pairs(bytes: &[u8]) -> bool {
    let zero_at = |side: usize| bytes.iter().skip(side).step_by(2).any(|byte| *byte == 0);
    let ends = |end: [u8; 2]| bytes.chunks(2).any(|pair| pair == end);
    let comma_or_line = |swap: fn(u8) -> [u8; 2]| ends(swap(b',')) || ends(swap(b'\n'));
    bytes.len().is_multiple_of(2)
        && match (zero_at(0), zero_at(1)) {
            (true, false) => comma_or_line(|letter| [0, letter]),
            (false, true) => comma_or_line(|letter| [letter, 0]),
            _ => false,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_utf8_or_gb18030_and_nothing_else() {
        let text = "编号,标题,内容\n1,路灯不亮,三号楼前的路灯坏了";
        assert_eq!(decoded(text.as_bytes()).as_deref(), Ok(text));
        let with_mark = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        assert_eq!(decoded(&with_mark).as_deref(), Ok(text));
        let (gb, ..) = GB18030.encode(text);
        assert_eq!(decoded(&gb).as_deref(), Ok(text));
        assert_eq!(decoded(b"").as_deref(), Ok(""));
        let no_character = |line| Err(LetterProblem::NoCharacter { line });
        // Latin-1: ü before an ASCII letter would be a rare character of GBK.
        assert_eq!(decoded(b"id,name\n1,M\xfcnchen Stra\xdfe caf\xe9 na\xefve"), no_character(2));
        assert_eq!(decoded(b"id,caf\xe9, 2"), no_character(1));
        assert_eq!(decoded(b"\xef\xbb\xbfid\n\n1,caf\xe9, 2\n"), no_character(3));
        assert_eq!(decoded(b"\xff\xff\xff"), no_character(1));
        assert_eq!(decoded(b"a\0b"), Err(LetterProblem::Binary));
        assert_eq!(decoded(b"\x7fELF\x02\x01\0\0"), Err(LetterProblem::Binary));
    }

    /// Names that GBK has no letters for: of extension A, of extension B, and 䶮, which came late.
    #[test]
    fn rare_names_come_through_gb18030() {
        let text = "姓名,地址\n㐂田,望潮路1号\n𠮷野,望潮路2号\n赵䶮,望潮路3号\n";
        let (gb, _, lost) = GB18030.encode(text);
        assert!(!lost && *gb != *text.as_bytes());
        assert_eq!(decoded(&gb).as_deref(), Ok(text));
        assert_eq!(decoded(text.as_bytes()).as_deref(), Ok(text));
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let text = "编号,标题\n1,路灯不亮";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little, &big] {
            assert_eq!(decoded(bytes), Err(LetterProblem::Utf16));
        }
        assert_eq!(decoded(&[b"\xff\xfe", &*little].concat()), Err(LetterProblem::Utf16));
        assert_eq!(decoded(&[b"\xfe\xff", &*big].concat()), Err(LetterProblem::Utf16));
    }
}
