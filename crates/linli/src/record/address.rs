//! Addresses under `/log/tile/` (C2SP tlog-tiles): which tile or bundle of leaves is asked for.

use linli_record::tree::{TILE_WIDTH, entries_path, tile_path};

/// What an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Hashes of one level of the tree.
    Hashes { level: u8, index: u64, width: u64 },
    /// The leaves themselves.
    Leaves { index: u64, width: u64 },
}

impl Address {
    /// Reads what follows `tile/`. Each thing has one address only: `000` is right, `0` and
    /// `x000/000` are not.
    pub fn parse(path: &str) -> Option<Address> {
        let (head, place) = path.split_once('/')?;
        let (place, width) = match place.split_once(".p/") {
            Some((place, width)) => (place, width.parse().ok().filter(|w| *w < TILE_WIDTH)?),
            None => (place, TILE_WIDTH),
        };
        let index = index(place)?;
        let address = match head {
            "entries" => Address::Leaves { index, width },
            level => Address::Hashes { level: level.parse().ok()?, index, width },
        };
        (width > 0 && address.path() == format!("tile/{path}")).then_some(address)
    }

    fn path(self) -> String {
        match self {
            Address::Hashes { level, index, width } => tile_path(level, index, width),
            Address::Leaves { index, width } => entries_path(index, width),
        }
    }
}

fn index(place: &str) -> Option<u64> {
    place.split('/').try_fold(0_u64, |sum, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let group: u64 = digits.parse().ok().filter(|n| *n < 1000)?;
        sum.checked_mul(1000)?.checked_add(group)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_address() {
        let hashes = |level, index, width| Some(Address::Hashes { level, index, width });
        assert_eq!(Address::parse("0/000"), hashes(0, 0, 256));
        assert_eq!(Address::parse("2/x001/x234/067.p/7"), hashes(2, 1_234_067, 7));
        let leaves = Address::Leaves { index: 5, width: 255 };
        assert_eq!(Address::parse("entries/005.p/255"), Some(leaves));
    }

    #[test]
    fn what_is_no_address_is_none() {
        let bad = [
            "",
            "0",
            "0/",
            "0/0",
            "00/000",
            "0/x000/000",
            "0/001.p/0",
            "0/001.p/256",
            "0/001.p/07",
            "-1/000",
            "300/000",
            "0/x01/000",
            "0/1000",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
            "entries/abc",
            "entries/+01",
            "0/000/",
            "0/000.p/1.p/1",
            "ENTRIES/000",
        ];
        for path in bad {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }
}
