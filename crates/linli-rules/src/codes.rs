//! Codes of places, people and organisations, and their check characters.

use crate::Words;
use crate::mask;
use crate::time::Day;
use std::fmt;

/// Why a code is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCode(pub Words);

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for BadCode {}

fn bad(zh: &str, en: &str) -> BadCode {
    BadCode(Words::new(zh, en))
}

/// Levels of territory that have a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Province,
    City,
    County,
    Street,
    Community,
    Grid,
}

/// GB/T 2260 for province, city and county (2, 4, 6 digits), then street (9), community (12), and
/// the grid within it (14 or 15). A shorter code is the beginning of those under it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(String);

impl DivisionCode {
    pub fn parse(text: &str) -> Result<DivisionCode, BadCode> {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        match text.len() {
            2 | 4 | 6 | 9 | 12 | 14 | 15 if digits => Ok(DivisionCode(text.to_owned())),
            _ => Err(bad(
                "区划代码是 2、4、6、9、12 位数字，网格再加 2 或 3 位",
                "a division code has 2, 4, 6, 9 or 12 digits, and 2 or 3 more for a grid",
            )),
        }
    }

    /// Reads a code filled up with zeros to 6 or 12 digits, as tables print them: `140800000000`.
    pub fn parse_padded(text: &str) -> Result<DivisionCode, BadCode> {
        let mut code = DivisionCode::parse(text)?;
        while let Some(parent) = code.parent() {
            if !code.0[parent.0.len()..].bytes().all(|b| b == b'0') {
                break;
            }
            code = parent;
        }
        Ok(code)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn level(&self) -> Level {
        match self.0.len() {
            2 => Level::Province,
            4 => Level::City,
            6 => Level::County,
            9 => Level::Street,
            12 => Level::Community,
            _ => Level::Grid,
        }
    }

    /// The place one level up; a province has none.
    pub fn parent(&self) -> Option<DivisionCode> {
        let length = match self.level() {
            Level::Province => return None,
            Level::City => 2,
            Level::County => 4,
            Level::Street => 6,
            Level::Community => 9,
            Level::Grid => 12,
        };
        Some(DivisionCode(self.0[..length].to_owned()))
    }

    /// Whether `other` is this place or lies in it.
    pub fn holds(&self, other: &DivisionCode) -> bool {
        let inside = other.0.len() > self.0.len() && self.level() != other.level();
        self == other || (inside && other.0.starts_with(&self.0))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 公民身份号码, GB 11643: division, day of birth, order, check character. Shown masked only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenId(String);

impl CitizenId {
    pub fn parse(text: &str) -> Result<CitizenId, BadCode> {
        let text = text.trim().to_ascii_uppercase();
        let b = text.as_bytes();
        if b.len() != 18
            || !b[..17].iter().all(u8::is_ascii_digit)
            || !(b[17].is_ascii_digit() || b[17] == b'X')
            || b[0] == b'0'
        {
            return Err(bad(
                "身份号码是 18 位：17 位数字，最后一位数字或 X",
                "a citizen id has 18 characters: 17 digits, then a digit or X",
            ));
        }
        if birth(b).is_none() {
            return Err(bad("身份号码里的出生日期不存在", "the day of birth does not exist"));
        }
        if citizen_check(&b[..17]) != Some(b[17] as char) {
            return Err(bad(
                "身份号码的校验位不对，请再看一遍",
                "the check character is wrong; please look again",
            ));
        }
        Ok(CitizenId(text))
    }

    /// The whole number; for the one deliberate, logged look.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn birth(&self) -> Option<Day> {
        birth(self.0.as_bytes())
    }

    /// County (6 digits) that gave the number out.
    pub fn division(&self) -> &str {
        &self.0[..6]
    }

    /// The order number is odd for men, even for women.
    pub fn is_male(&self) -> bool {
        self.0.as_bytes()[16] % 2 == 1
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({})", mask::citizen_id(&self.0))
    }
}

impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask::citizen_id(&self.0))
    }
}

fn birth(id: &[u8]) -> Option<Day> {
    let part = |range| id.get(range).map(number).unwrap_or(0);
    let year = part(6..10);
    let day = Day::new(year as i32, part(10..12), part(12..14));
    day.filter(|_| year >= 1800)
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, b| n * 10 + u32::from(b.saturating_sub(b'0')))
}

/// The check character of the first 17 digits of a citizen id: ISO 7064, MOD 11-2.
pub fn citizen_check(first17: &[u8]) -> Option<char> {
    if first17.len() != 17 || !first17.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let rest = first17.iter().fold(0, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    match (12 - rest) % 11 {
        10 => Some('X'),
        n => char::from_digit(n, 10),
    }
}

/// 统一社会信用代码, GB 32100: who registered it, kind, division, organisation, check character.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Digits and letters in the order of their values; I, O, S, V and Z are not used.
const CREDIT_SIGNS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl CreditCode {
    pub fn parse(text: &str) -> Result<CreditCode, BadCode> {
        let text = text.trim().to_ascii_uppercase();
        let b = text.as_bytes();
        let sound = b.len() == 18
            && b.iter().all(|c| CREDIT_SIGNS.contains(c))
            && b[2..8].iter().all(u8::is_ascii_digit);
        if !sound {
            return Err(bad(
                "统一社会信用代码是 18 位数字和大写字母（没有 I、O、S、V、Z）",
                "a credit code has 18 digits and capitals (no I, O, S, V, Z)",
            ));
        }
        if credit_check(&b[..17]) != Some(b[17] as char) {
            return Err(bad(
                "统一社会信用代码的校验位不对，请再看一遍",
                "the check character is wrong; please look again",
            ));
        }
        Ok(CreditCode(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// County (6 digits) where it is registered.
    pub fn division(&self) -> &str {
        &self.0[2..8]
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The check character of the first 17 of a credit code: MOD 31 with the weights 3^i.
pub fn credit_check(first17: &[u8]) -> Option<char> {
    if first17.len() != 17 {
        return None;
    }
    let (mut sum, mut weight) = (0, 1);
    for sign in first17 {
        let value = CREDIT_SIGNS.iter().position(|c| c == sign)?;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    CREDIT_SIGNS.get((31 - sum) % 31).map(|c| *c as char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn division_codes_nest() {
        let grid = DivisionCode::parse("14080200100103").unwrap();
        let mut up = vec![];
        let mut here = Some(grid.clone());
        while let Some(code) = here {
            up.push((code.level(), code.to_string()));
            here = code.parent();
        }
        let lengths: Vec<usize> = up.iter().map(|(_, code)| code.len()).collect();
        assert_eq!(lengths, [14, 12, 9, 6, 4, 2]);
        assert_eq!(up.last().unwrap().0, Level::Province);
        let county = DivisionCode::parse("140802").unwrap();
        assert!(county.holds(&grid) && county.holds(&county) && !grid.holds(&county));
        assert!(!DivisionCode::parse("140803").unwrap().holds(&grid));
        let short = DivisionCode::parse("14080200100110").unwrap();
        let long = DivisionCode::parse("140802001001101").unwrap();
        assert!(!short.holds(&long), "grids do not nest");
        let padded = |text| DivisionCode::parse_padded(text).unwrap().to_string();
        assert_eq!(padded("140800000000"), "1408");
        assert_eq!(padded("140000"), "14");
        assert_eq!(padded("441900003000"), "441900003");
        for wrong in ["", "1", "140", "14080a", "０１", "0140", "1408020010010301"] {
            assert!(DivisionCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn gb_11643_examples() {
        let id = CitizenId::parse("11010519491231002x").unwrap();
        assert_eq!(id.birth().unwrap().to_string(), "1949-12-31");
        assert_eq!((id.division(), id.is_male()), ("110105", false));
        assert_eq!(format!("{id} {id:?}"), "110105********002X CitizenId(110105********002X)");
        assert_eq!(id.reveal(), "11010519491231002X");
        assert!(CitizenId::parse("440524188001010014").unwrap().is_male());
        for wrong in [
            "110105194912310021",
            "110105194902310029",
            "11010519491231002",
            "1101051949123100XX",
            "",
        ] {
            assert!(CitizenId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn gb_32100_example() {
        let code = CreditCode::parse("91350100m000100y43").unwrap();
        assert_eq!((code.as_str(), code.division()), ("91350100M000100Y43", "350100"));
        for wrong in ["91350100M000100Y44", "91350100I000100Y43", "9135010", "91A50100M000100Y43"] {
            assert!(CreditCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_of_a_citizen_id_is_found(
            order in 0u32..1000, n in 0i32..40_000, at in 0usize..17, put in 0u8..10
        ) {
            let day = Day::new(1900, 1, 1).unwrap().add_days(n).to_string().replace('-', "");
            let first = format!("140802{day}{order:03}");
            let check = citizen_check(first.as_bytes()).unwrap();
            let whole = format!("{first}{check}");
            prop_assert!(CitizenId::parse(&whole).is_ok());
            let mut wrong = whole.clone().into_bytes();
            wrong[at] = b'0' + put;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(CitizenId::parse(&wrong).is_ok(), wrong == whole);
        }

        #[test]
        fn one_wrong_sign_or_two_exchanged_of_a_credit_code_are_found(
            body in "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}",
            at in 0usize..17, put in 0usize..31
        ) {
            let whole = format!("{body}{}", credit_check(body.as_bytes()).unwrap());
            prop_assert!(CreditCode::parse(&whole).is_ok());
            let mut wrong = whole.clone().into_bytes();
            wrong[at] = CREDIT_SIGNS[put];
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(CreditCode::parse(&wrong).is_ok(), wrong == whole);
            let mut swapped = whole.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(CreditCode::parse(&swapped).is_ok(), swapped == whole);
        }

        #[test]
        fn nothing_typed_breaks_the_readers(text in "\\PC{0,24}", near in "[0-9Xx]{15,19}") {
            for text in [&text, &near] {
                let _ = DivisionCode::parse(text);
                let _ = DivisionCode::parse_padded(text);
                let _ = CitizenId::parse(text);
                let _ = CreditCode::parse(text);
            }
        }
    }
}
