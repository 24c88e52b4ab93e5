//! A text in a leaf: in few bytes where it is an id.

use crate::bytes::{BytesError, Reader, put_text};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an id, five bits each.
const LETTERS: usize = 26;
const PACKED: u8 = 0x80;
/// The first of the texts that were said before.
const SAID: u8 = 0x84;
const LONG: u8 = 0xff;

/// Appends a text; `known` are those that were said before and need not be said again. `None` when
/// it is longer than 65,535 bytes.
pub(super) fn put_word(out: &mut Vec<u8>, text: &str, known: &[&str]) -> Option<()> {
    if let Some((mark, _)) = (SAID..).zip(known).find(|(_, said)| **said == text) {
        out.push(mark);
    } else if let Some((high, low)) = packed(text) {
        out.push(PACKED | high);
        out.extend_from_slice(&low.to_be_bytes());
    } else if let Some(len) = u8::try_from(text.len()).ok().filter(|len| *len < PACKED) {
        out.push(len);
        out.extend_from_slice(text.as_bytes());
    } else {
        out.push(LONG);
        put_text(out, text)?;
    }
    Some(())
}

pub(super) fn read(reader: &mut Reader, known: &[&str]) -> Result<String, BytesError> {
    let first = reader.u8()?;
    match first {
        LONG => reader.text(),
        len if len < PACKED => reader.text_of(len.into()),
        high if high < SAID => Ok(unpacked(high - PACKED, u128::from_be_bytes(reader.array()?))),
        mark => {
            let said = known.get(usize::from(mark - SAID));
            said.map(|said| (*said).to_owned()).ok_or_else(|| reader.no_text())
        }
    }
}

/// The highest two bits and the other 128 of an id.
fn packed(text: &str) -> Option<(u8, u128)> {
    if text.len() != LETTERS {
        return None;
    }
    let (mut high, mut low) = (0, 0_u128);
    for letter in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        high = low.to_be_bytes()[0] >> 3;
        low = (low << 5) | u128::try_from(digit).ok()?;
    }
    Some((high & 3, low))
}

fn unpacked(high: u8, low: u128) -> String {
    let mut bits = low;
    let mut letters = [0; LETTERS];
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[usize::from(bits.to_be_bytes()[15] & 31)];
        bits >>= 5;
    }
    // Of the first letter three bits were among the 128.
    let last = usize::from((low >> 125).to_be_bytes()[15]);
    letters[0] = ALPHABET[usize::from(high) << 3 | last];
    letters.iter().map(|letter| char::from(*letter)).collect()
}
