//! Addresses and bundles of C2SP tlog-tiles, as served under `/log/`.

use super::TILE_WIDTH;
use crate::bytes::{BytesError, Reader};

/// `tile/<L>/<N>[.p/<W>]`; a width of 256 is a full tile and has no suffix.
pub fn tile_path(level: u8, index: u64, width: u64) -> String {
    format!("tile/{level}/{}", place(index, width))
}

/// `tile/entries/<N>[.p/<W>]`: the leaves themselves, 256 in a bundle.
pub fn entries_path(index: u64, width: u64) -> String {
    format!("tile/entries/{}", place(index, width))
}

/// Groups of three digits, all but the last marked with `x`: 1234067 is `x001/x234/067`.
fn place(index: u64, width: u64) -> String {
    let mut text = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        text.push_str(&format!(".p/{width}"));
    }
    text
}

/// Leaves one after another, each with its length in two bytes; `None` if one is too long.
pub fn entry_bundle<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for leaf in leaves {
        bundle.extend_from_slice(&u16::try_from(leaf.len()).ok()?.to_be_bytes());
        bundle.extend_from_slice(leaf);
    }
    Some(bundle)
}

/// The leaves of a bundle.
pub fn split_entry_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, BytesError> {
    let mut reader = Reader::new(bundle);
    let mut leaves = Vec::new();
    while !reader.is_empty() {
        let len = reader.u16()?;
        leaves.push(reader.take(usize::from(len))?);
    }
    Ok(leaves)
}
