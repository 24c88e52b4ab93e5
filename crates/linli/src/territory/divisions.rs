//! The shipped table of the country's divisions (`data/README.md` says where it comes from), read
//! as a stream: 665,276 lines, of which a district needs a few hundred.

use std::io::{BufRead as _, BufReader, Read};

use flate2::read::GzDecoder;

use super::{COMMUNITY, DISTRICT, STREET};
use crate::base::Fault;

static TABLE: &[u8] = include_bytes!("../../data/divisions.tsv.gz");

/// One row: `620802001` 东关街道.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    pub code: String,
    pub name: String,
}

impl Division {
    /// The level that the length of a code means.
    pub fn level(&self) -> &'static str {
        match self.code.len() {
            9 => STREET,
            12 => COMMUNITY,
            _ => DISTRICT,
        }
    }

    /// The code one level up.
    pub fn parent_code(&self) -> &str {
        let length = match self.code.len() {
            12 => 9,
            9 => 6,
            6 => 4,
            4 => 2,
            _ => 0,
        };
        &self.code[..length]
    }
}

/// The district and everything in it, parents first; empty when the table has no such code.
pub fn of_district(code: &str) -> Result<Vec<Division>, Fault> {
    read(TABLE, code, true)
}

/// As [`of_district`], of a table that is not the shipped one.
pub fn of_table(packed: impl Read, code: &str) -> Result<Vec<Division>, Fault> {
    read(packed, code, true)
}

/// Province and city above a district, for its full name.
pub fn above(code: &str) -> Result<Vec<Division>, Fault> {
    let mut out = Vec::new();
    for length in [2, 4] {
        if let Some(short) = code.get(..length)
            && short.len() < code.len()
        {
            out.extend(first(short)?);
        }
    }
    Ok(out)
}

fn first(code: &str) -> Result<Option<Division>, Fault> {
    Ok(read(TABLE, code, false)?.into_iter().next())
}

/// The row with this code, and all below it when `whole`. The table is in the order of the codes,
/// so reading ends where they have gone by.
fn read(packed: impl Read, wanted: &str, whole: bool) -> Result<Vec<Division>, Fault> {
    let mut out = Vec::new();
    visit(packed, |code, name| {
        if code.starts_with(wanted) {
            out.push(Division { code: code.to_owned(), name: name.to_owned() });
            return whole;
        }
        code < wanted
    })?;
    Ok(out)
}

const WIDTHS: [usize; 5] = [2, 2, 2, 3, 3];

/// Code and name of every row until `each` says stop.
fn visit(packed: impl Read, mut each: impl FnMut(&str, &str) -> bool) -> Result<(), Fault> {
    let mut reader = BufReader::with_capacity(1 << 16, GzDecoder::new(packed));
    let (mut counters, mut line, mut code) = ([0_u32; 5], String::new(), String::new());
    while reader.read_line(&mut line)? > 0 {
        let broken = || Fault::new(format!("the division table has a broken line: {line:?}"));
        let (step, name) = line.trim_end().split_once('\t').ok_or_else(broken)?;
        let level = match step.bytes().next() {
            Some(letter @ b'a'..=b'd') => usize::from(letter - b'a'),
            _ => 4,
        };
        let digits = if level < 4 { &step[1..] } else { step };
        let plain = digits.bytes().all(|b| b.is_ascii_digit());
        let step = if digits.is_empty() { Some(1) } else { digits.parse::<u32>().ok() };
        let step = step.filter(|_| plain).ok_or_else(broken)?;
        counters[level] = counters[level].saturating_add(step);
        counters[level + 1..].fill(0);
        // The code up to the level that changed stands already, or the row has none above it; the
        // first below it may have the number 0, and no other.
        let above: usize = WIDTHS[..level].iter().sum();
        let again = step == 0 && code.len() != above;
        if again || code.len() < above || counters[level] >= 10_u32.pow(WIDTHS[level] as u32) {
            return Err(broken());
        }
        code.truncate(above);
        push_padded(&mut code, counters[level], WIDTHS[level]);
        if !each(&code, name) {
            break;
        }
        line.clear();
    }
    Ok(())
}

fn push_padded(code: &mut String, mut number: u32, width: usize) {
    let mut digits = [b'0'; 3];
    for slot in digits[..width].iter_mut().rev() {
        *slot += (number % 10) as u8;
        number /= 10;
    }
    code.extend(digits[..width].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_district_of_the_table() {
        let all = of_district("620802").unwrap();
        assert_eq!(all[0].name, "崆峒区");
        let count = |level| all.iter().filter(|d| d.level() == level).count();
        assert_eq!((count(DISTRICT), count(STREET), count(COMMUNITY)), (1, 21, 277));
        assert_eq!(all[1].code, "620802001");
        assert_eq!(all[1].parent_code(), "620802");
        let names: Vec<String> = above("620802").unwrap().into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["甘肃省", "平凉市"]);
        assert!(of_district("990101").unwrap().is_empty());
    }

    #[test]
    fn the_table_is_whole() {
        let mut levels = [0; 13];
        visit(TABLE, |code, _| {
            levels[code.len()] += 1;
            true
        })
        .unwrap();
        assert_eq!((levels[2], levels[4], levels[6]), (31, 342, 2_978));
        assert_eq!((levels[9], levels[12]), (41_352, 620_573));
    }
}
