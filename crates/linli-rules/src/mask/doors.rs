//! Doors: houses are public, who lives behind which of their doors is not.

use std::ops::Range;

use super::given::starts;
use super::{Marks, digit, narrow, plain};

/// What goes from a house to a door: houses are public, what is behind their doors is not.
const HOUSE: [&str; 8] = ["号楼", "号院", "栋", "幢", "号", "弄", "座", "楼"];
const DOOR: &str = "号楼院栋幢弄座单元门层室户房-－—–#";
/// Letters from the word to the first number: the name of an estate.
const MOST_NAMES: usize = 12;
/// 住户, 住宅, 住房, 住院: they say nothing of where somebody lives.
const NOT_LIVING: &str = "户宅房院宿建";

/// 住3号楼2单元501室 → 住3号楼*单元***室: where somebody lives is told as far as the house.
pub(super) fn rooms(chars: &[char], marks: &mut Marks) {
    for (at, _) in chars.iter().enumerate().filter(|(_, c)| **c == '住') {
        if chars.get(at + 1).is_some_and(|c| NOT_LIVING.contains(*c)) {
            continue;
        }
        let name = |at: &usize| {
            let ends = chars.get(*at).is_none_or(|c| "，。；！？,;!?\n".contains(*c));
            !ends && number(chars, *at) == 0
        };
        let names = (at + 1..).take(MOST_NAMES).take_while(name).count();
        door(chars, at + 1 + names, marks);
    }
}

/// The signs of the number that begins here. One in characters is a number where what it numbers
/// follows (三号楼, and not 南苑二村), or where it is as long as that of a room (五〇一).
fn number(chars: &[char], at: usize) -> usize {
    let rest = chars.get(at..).unwrap_or(&[]);
    let digits = rest.iter().take_while(|c| plain(**c).is_some()).count();
    if digits > 0 {
        return digits;
    }
    let written = |c: &&char| digit(**c).is_some() || matches!(c, '十' | '百');
    let spelt = rest.iter().take_while(written).count();
    let numbers = rest.get(spelt).is_some_and(|c| DOOR.contains(*c));
    if spelt > 2 || (spelt > 0 && numbers) { spelt } else { 0 }
}

fn door(chars: &[char], from: usize, marks: &mut Marks) {
    let (mut at, mut first) = (from, true);
    while at < chars.len() {
        let digits = number(chars, at);
        if digits == 0 {
            if !chars[at].is_ascii_alphanumeric() && !DOOR.contains(chars[at]) {
                return;
            }
            at += 1;
            continue;
        }
        let rest: String = chars[at + digits..].iter().take(2).collect();
        let house = HOUSE.iter().any(|word| rest.starts_with(word));
        // 3-2-501: the first of several is the house.
        let parted = digits < 3 && rest.starts_with(['-', '－', '—', '–', '#']);
        if !(first && (house || parted)) {
            marks.mark_run(at..at + digits, 0..digits);
        }
        (at, first) = (at + digits, false);
    }
}

/// Behind the number of one of these comes that of a door: 3号楼2单元501, 五栋302室.
const HOUSES: [&str; 6] = ["号楼", "栋", "幢", "座", "单元", "号"];
/// What such a number may be besides: 3号楼, A座, 东单元.
const SIDES: &str = "十东西南北中甲乙丙丁";
/// What may stand between a house and a door, or between two doors.
const BETWEEN: &str = " -－—–#的、至和到~～/";
/// Parts of a house that are counted: what they number is no door.
const PARTS: [&str; 5] = ["单元", "层", "楼", "门", "梯"];
/// Behind a number these say that it counts, measures or dates something, or is another house.
const COUNTED: [&str; 45] = [
    "年", "月", "日", "天", "小时", "时", "点", "分", "秒", "元", "块", "米", "平", "㎡", "厘",
    "公里", "公斤", "公分", "毫", "个", "盏", "辆", "台", "件", "次", "度", "伏", "瓦", "路", "多",
    "余", "套", "间", "栋", "幢", "座", "号楼", "单元", "层", "千", "万", "吨", "斤", "升", "岁",
];
/// These count households and people: 120户. Behind 501 or 1203 they are those of that door.
const WHO: [&str; 3] = ["户", "家", "人"];
/// And yet these are said of who lives behind a door: 501天天吵.
const YET: [&str; 6] = ["天天", "日夜", "时常", "年老", "年轻", "年纪"];

/// 3号楼2单元501漏水 → 3号楼2单元***漏水: of a door that is named with its house everyone reads no
/// more than the house, whoever lives there. A number alone may be of anything: it stays.
pub(super) fn doors(chars: &[char], marks: &mut Marks) {
    for at in 1..chars.len() {
        let numbered = |c: char| digit(c).is_some() || c.is_ascii_alphabetic() || SIDES.contains(c);
        let Some(word) = HOUSES.iter().find(|word| starts(&chars[at..], word)) else { continue };
        if numbered(chars[at - 1]) {
            // 5号302路: only of 5号302室 it is certain.
            doors_behind(chars, at + word.chars().count(), *word == "号", marks);
        }
    }
}

fn doors_behind(chars: &[char], from: usize, only_named: bool, marks: &mut Marks) {
    let mut at = from + between(chars, from);
    loop {
        let signs = number(chars, at);
        if signs == 0 {
            return;
        }
        let end = at + signs;
        let named = is_named(chars, end);
        if named || (!only_named && is_door(chars, at..end)) {
            marks.mark_run(at..end, 0..signs);
            let end = end + usize::from(named);
            at = end + between(chars, end);
            continue;
        }
        let part = PARTS.iter().find(|part| starts(&chars[end..], part));
        let next = end + part.map_or(0, |part| part.chars().count());
        // 3号楼2-501: the first is that of a part of the house.
        let apart = between(chars, next);
        if part.is_none() && (signs > 2 || apart == 0) {
            return;
        }
        at = next + apart;
    }
}

fn between(chars: &[char], at: usize) -> usize {
    usize::from(chars.get(at).is_some_and(|c| BETWEEN.contains(*c)))
}

/// 501室, and not the rooms of a flat: 2室1厅.
fn is_named(chars: &[char], end: usize) -> bool {
    chars.get(end) == Some(&'室') && chars.get(end + 1).is_none_or(|c| digit(*c).is_none())
}

/// Three or four digits that are no year, no amount and no part of a longer number.
fn is_door(chars: &[char], signs: Range<usize>) -> bool {
    let (number, rest) = (&chars[signs.clone()], &chars[signs.end..]);
    let digits: Vec<u32> = number.iter().filter_map(|c| digit(*c)).collect();
    if digits.len() != number.len() || !(3..=4).contains(&digits.len()) || digits[0] == 0 {
        return false;
    }
    let year = digits.len() == 4 && matches!(digits[..2], [1, 9] | [2, 0]);
    let longer = match rest {
        [sign, next, ..] if ".:：．".contains(*sign) => digit(*next).is_some(),
        [sign, next, ..] if "-－/".contains(*sign) => year && digit(*next).is_some(),
        [sign, ..] => sign.is_ascii_alphabetic() || "*%％℃°".contains(*sign),
        [] => false,
    };
    let any = |words: &[&str]| words.iter().any(|word| starts(rest, word));
    // The doors of a floor begin anew: 501, 502.
    let of_a_floor = digits[digits.len() - 2] == 0 && digits[digits.len() - 1] > 0;
    let counted = any(&COUNTED) || (any(&WHO) && !of_a_floor);
    !longer && (any(&YET) || !counted)
}

/// English words before the number of a door, and those that name the house it is in.
const ROOMS: [&str; 5] = ["room", "apartment", "apt", "flat", "rm"];
const BUILDINGS: [&str; 5] = ["building", "block", "tower", "bldg", "unit"];
/// Signs within which the one belongs to the other.
const NEAR: usize = 40;
/// What stands between the word and the number, as in Room No. 501.
const TO_NUMBER: &str = " .:#noNO";

/// Building 3, Unit 2, Room 501 → Building 3, Unit 2, Room ***.
pub(super) fn english(chars: &[char], marks: &mut Marks) {
    let small: Vec<char> = chars.iter().map(|c| narrow(*c).to_ascii_lowercase()).collect();
    let letter = |at: usize| small.get(at).is_some_and(char::is_ascii_alphabetic);
    let word_at = |at: usize, words: &[&str]| {
        let starts_here = |word: &&&str| starts(&small[at..], word) && !letter(at + word.len());
        let begins = at == 0 || !letter(at - 1);
        words.iter().filter(|_| begins).find(starts_here).map(|word| word.len())
    };
    for at in 0..small.len() {
        let Some(word) = word_at(at, &ROOMS) else { continue };
        let to_number = small[at + word..].iter().take(5).take_while(|c| TO_NUMBER.contains(**c));
        let from = at + word + to_number.count();
        let signs = small[from..].iter().take_while(|c| plain(**c).is_some()).count();
        let mut near = at.saturating_sub(NEAR)..small.len().min(from + signs + NEAR);
        if (2..=4).contains(&signs) && near.any(|other| word_at(other, &BUILDINGS).is_some()) {
            marks.mark_run(from..from + signs, 0..signs);
        }
    }
}
