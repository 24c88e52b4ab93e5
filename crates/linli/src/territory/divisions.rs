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
    read(TABLE, code)
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
    let mut found = None;
    visit(TABLE, |division| {
        if division.code == code {
            found = Some(division);
            return false;
        }
        true
    })?;
    Ok(found)
}

fn read(packed: &[u8], code: &str) -> Result<Vec<Division>, Fault> {
    let mut out = Vec::new();
    visit(packed, |division| {
        if division.code.starts_with(code) {
            out.push(division);
            return true;
        }
        out.is_empty()
    })?;
    Ok(out)
}

const WIDTHS: [usize; 5] = [2, 2, 2, 3, 3];

/// Every row until `each` says stop.
fn visit(packed: impl Read, mut each: impl FnMut(Division) -> bool) -> Result<(), Fault> {
    let mut counters = [0_u32; 5];
    for line in BufReader::new(GzDecoder::new(packed)).lines() {
        let line = line?;
        let broken = || Fault::new(format!("the division table has a broken line: {line:?}"));
        let (step, name) = line.split_once('\t').ok_or_else(broken)?;
        let level = match step.bytes().next() {
            Some(letter @ b'a'..=b'd') => usize::from(letter - b'a'),
            _ => 4,
        };
        let digits = step.trim_start_matches(['a', 'b', 'c', 'd']);
        let step: u32 = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| broken())? };
        counters[level] += step;
        counters[level + 1..].fill(0);
        let code: String = counters[..=level]
            .iter()
            .zip(WIDTHS)
            .map(|(counter, width)| format!("{counter:0width$}"))
            .collect();
        if !each(Division { code, name: name.to_owned() }) {
            break;
        }
    }
    Ok(())
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
        visit(TABLE, |division| {
            levels[division.code.len()] += 1;
            true
        })
        .unwrap();
        assert_eq!((levels[2], levels[4], levels[6]), (31, 342, 2_978));
        assert_eq!((levels[9], levels[12]), (41_352, 620_573));
    }
}
