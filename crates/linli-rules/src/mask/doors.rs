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
        if is_told(chars, at..at + digits, first) {
            return;
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

/// How long somebody lives there, or how many do: 住了20年, 住着3个孩子.
const TOLD: [&str; 6] = ["年", "天", "个", "名", "位", "口"];

/// Whether a number behind 住, the first or another, tells that and not where they live.
fn is_told(chars: &[char], signs: Range<usize>, first: bool) -> bool {
    let rest = &chars[signs.end..];
    let any = |words: &[&str]| words.iter().any(|word| starts(rest, word));
    let round = (first && signs.len() < 3) || digit(chars[signs.end - 1]) == Some(0);
    (any(&TOLD) && !any(&YET)) || (round && (any(&ABOUT) || any(&["户", "家", "人"])))
}

/// Behind the number of one of these comes that of a door: 3号楼2单元501, 五栋302室.
const HOUSES: [&str; 6] = ["号楼", "栋", "幢", "座", UNIT, "号"];
/// The stairs of a house: doors are numbered behind it, and nothing else is.
const UNIT: &str = "单元";
/// What such a number may be besides: 3号楼, A座, 东单元.
const SIDES: &str = "十东西南北中甲乙丙丁";
/// What may stand between a house and a door, or between two doors.
const BETWEEN: &str = " \u{a0}\u{3000}\t-－—–#的、至和与或及跟到~～/（(";
/// What parts the one from the other, unless it is certain that they belong together.
const COMMAS: &str = "，,：:";
/// Signs between them at most: several blanks, a dash of two signs.
const WIDEST: usize = 8;
/// Parts of a house that are counted: what they number is no door.
const PARTS: [&str; 5] = [UNIT, "层", "楼", "门", "梯"];
/// Behind a number these say that it counts, measures or dates something, or is another house.
const COUNTED: [&str; 78] = [
    "年", "月", "日", "天", "小时", "时", "点", "分", "秒", "元", "块", "米", "平", "㎡", "厘",
    "公里", "公斤", "公分", "公顷", "毫", "个", "盏", "辆", "台", "件", "次", "度", "伏", "瓦",
    "路", "套", "间", "栋", "幢", "座", "号楼", "单元", "层", "楼", "千", "万", "吨", "斤", "升",
    "岁", "名", "位", "棵", "株", "颗", "根", "处", "条", "只", "扇", "片", "份", "口", "支", "枚",
    "项", "例", "宗", "笔", "封", "桶", "袋", "箱", "瓶", "盆", "尺", "寸", "亩", "克", "兆", "倍",
    "级", "立方",
];
/// Behind a round number: 300多户, 200来人. Behind any other it is that of a door: 501多次投诉.
const ABOUT: [&str; 4] = ["多", "余", "来", "几"];
/// These count households, people and things: 120户, 200张. Behind 501 or 1203 they are said of
/// that door: 501户, 502把鞋柜放楼道, 501张女士.
const WHO: [&str; 5] = ["户", "家", "人", "张", "把"];
/// And yet these are said of who and what is behind a door: 501天天吵, 501天花板漏水.
const YET: [&str; 43] = [
    "天天", "天花", "天然", "天窗", "天台", "日夜", "日日", "时常", "时不", "时时", "年老", "年轻",
    "年纪", "年年", "月月", "平时", "平常", "平日", "平台", "点火", "点燃", "次卧", "次次", "间歇",
    "间或", "毫无", "毫不", "瓦斯", "楼上", "楼下", "楼道", "楼顶", "名下", "名叫", "位于", "位置",
    "根本", "处理", "处于", "只有", "只是", "只要", "只管",
];

/// 3号楼2单元501漏水 → 3号楼2单元***漏水: of a door that is named with its house everyone reads no
/// more than the house, whoever lives there. A number alone may be of anything: it stays.
pub(super) fn doors(chars: &[char], marks: &mut Marks) {
    for at in 1..chars.len() {
        let numbered = |c: char| digit(c).is_some() || c.is_ascii_alphabetic() || SIDES.contains(c);
        let Some(word) = HOUSES.iter().find(|word| starts(&chars[at..], word)) else { continue };
        if numbered(chars[at - 1]) {
            doors_behind(chars, at + word.chars().count(), word, marks);
        }
    }
}

fn doors_behind(chars: &[char], from: usize, house: &str, marks: &mut Marks) {
    // 5号302路: only of 5号302室 it is certain.
    let mut only_named = house == "号";
    // 3号楼，200人: only behind the stairs or another door a comma parts nothing.
    let mut certain = house == UNIT;
    let mut at = from;
    loop {
        let (apart, comma) = gap(chars, at);
        let from = at + apart;
        let signs = number(chars, from);
        if signs == 0 {
            return;
        }
        let end = from + signs;
        let behind = end + lettered(chars, end);
        let room = room(chars, behind);
        let alone = !only_named && (certain || !comma);
        if room.is_some() || (alone && is_door(chars, from..end)) {
            marks.mark_run(from..behind, 0..behind - from);
            (only_named, certain) = (false, true);
            at = room.unwrap_or(behind);
            continue;
        }
        let part = PARTS.iter().find(|part| starts(&chars[end..], part));
        // 3号楼2-501: the first is that of a part of the house.
        if part.is_none() && (signs > 2 || gap(chars, end).0 == 0) {
            return;
        }
        certain = part == Some(&UNIT);
        at = end + part.map_or(0, |part| part.chars().count());
    }
}

/// How many signs stand between a house and a door, and whether one of them is a comma.
fn gap(chars: &[char], at: usize) -> (usize, bool) {
    let between = |c: &&char| BETWEEN.contains(**c) || COMMAS.contains(**c);
    let signs: Vec<char> = chars[at..].iter().take(WIDEST).take_while(between).copied().collect();
    (signs.len(), signs.iter().any(|c| COMMAS.contains(*c)))
}

/// The letter behind the number of a door: 501A.
fn lettered(chars: &[char], end: usize) -> usize {
    let letter = |at: usize| chars.get(at).is_some_and(|c| narrow(*c).is_ascii_alphabetic());
    let goes_on = letter(end + 1) || chars.get(end + 1).is_some_and(|c| plain(*c).is_some());
    usize::from(letter(end) && !goes_on)
}

/// Where 501室 ends, which is not one of the rooms of a flat: 2室1厅, 三室两厅.
fn room(chars: &[char], end: usize) -> Option<usize> {
    let rest = chars.get(end..).unwrap_or(&[]);
    let at = end + rest.iter().take_while(|c| **c == ' ').count();
    let of_a_flat = |c: &char| digit(*c).is_some() || *c == '两';
    let named = chars.get(at) == Some(&'室') && !chars.get(at + 1).is_some_and(of_a_flat);
    named.then_some(at + 1)
}

/// Three or four digits that are no year, no amount and no part of a longer number.
fn is_door(chars: &[char], signs: Range<usize>) -> bool {
    let (number, rest) = (&chars[signs.clone()], &chars[signs.end..]);
    let digits: Vec<u32> = number.iter().filter_map(|c| digit(*c)).collect();
    if digits.len() != number.len() || !(3..=4).contains(&digits.len()) || digits[0] == 0 {
        return false;
    }
    let year = digits.len() == 4 && matches!(digits[..2], [1, 9] | [2, 0]);
    // The doors of a floor begin anew: 501, 502.
    let of_a_floor = digits[digits.len() - 2] == 0 && digits[digits.len() - 1] > 0;
    let of_a_door = |letter: char| {
        of_a_floor && lettered(chars, signs.end) > 0 && matches!(letter, 'A'..='F' | 'a'..='f')
    };
    let longer = match rest {
        [sign, next, ..] if ".:：．".contains(*sign) => digit(*next).is_some(),
        [sign, next, ..] if "-－/".contains(*sign) => year && digit(*next).is_some(),
        [sign, ..] if sign.is_ascii_alphabetic() => !of_a_door(*sign),
        [sign, ..] => "*%％℃°".contains(*sign),
        [] => false,
    };
    let any = |words: &[&str]| words.iter().any(|word| starts(rest, word));
    let about = digits[digits.len() - 1] == 0 && any(&ABOUT);
    let counted = about || any(&COUNTED) || (any(&WHO) && !of_a_floor);
    !longer && (any(&YET) || !counted)
}

/// English words before the number of a door, and those that name the house it is in.
const ROOMS: [&str; 6] = ["room", "apartment", "apt", "flat", "rm", "unit"];
const BUILDINGS: [&str; 4] = ["building", "block", "tower", "bldg"];
/// Signs within which the one belongs to the other.
const NEAR: usize = 40;
/// What stands between the word and the number, as in Room No. 501.
const TO_NUMBER: &str = " .:#noNO";

/// Building 3, Unit 2, Room 501 → Building 3, Unit 2, Room ***. A unit is the stairs or, where its
/// number is that of a door, the flat: Building 3, Unit 501.
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
        let is_unit = word_at(at, &["unit"]).is_some();
        let to_number = small[at + word..].iter().take(5).take_while(|c| TO_NUMBER.contains(**c));
        let from = at + word + to_number.count();
        let signs = small[from..].iter().take_while(|c| plain(**c).is_some()).count();
        let end = from + signs + lettered(&small, from + signs);
        let least = if is_unit { 3 } else { 2 };
        let mut near = at.saturating_sub(NEAR)..small.len().min(from + signs + NEAR);
        let house = |at: usize| {
            word_at(at, &BUILDINGS).or_else(|| word_at(at, &["unit"]).filter(|_| !is_unit))
        };
        if (least..=4).contains(&signs) && near.any(|other| house(other).is_some()) {
            marks.mark_run(from..end, 0..end - from);
        }
    }
}
