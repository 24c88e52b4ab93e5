//! What is personal because of the word before it: accounts of messengers, passports, rooms.

use super::{Marks, digit, narrow, plain};

/// Messengers; an account of one may be letters alone.
const MESSENGERS: [&str; 6] = ["微信", "weixin", "wechat", "v信", "vx", "wx"];
/// What has digits in it in any case.
const NUMBERED: [&str; 8] =
    ["qq", "扣扣", "护照", "通行证", "回乡证", "台胞证", "居住证", "军官证"];

/// What may stand between the word and what it names.
const LEADS: &str = "号码是为证：:=＝ \t(（我的";
const MOST_LEADS: usize = 5;
/// Shorter ones are years, versions and the like.
const SHORTEST: usize = 5;

/// Whether a text without a digit may name an account.
pub(super) fn speaks_of_messengers(text: &str) -> bool {
    let small: String = text.chars().map(|c| narrow(c).to_ascii_lowercase()).collect();
    MESSENGERS.iter().any(|word| small.contains(word))
}

/// QQ:123456789 → QQ:*******89, 护照E12345678 → 护照E******78.
pub(super) fn accounts(chars: &[char], marks: &mut Marks) {
    let words = MESSENGERS.iter().map(|word| (*word, false));
    for (word, numbered) in words.chain(NUMBERED.map(|word| (word, true))) {
        let word: Vec<char> = word.chars().collect();
        for at in 0..chars.len().saturating_sub(word.len()) {
            if said(chars, at, &word) {
                account(chars, at + word.len(), numbered, marks);
            }
        }
    }
}

fn said(chars: &[char], at: usize, word: &[char]) -> bool {
    let here = chars.get(at..at + word.len()).unwrap_or(&[]);
    let same = |(c, w): (&char, &char)| narrow(*c).eq_ignore_ascii_case(w);
    here.len() == word.len() && here.iter().zip(word).all(same)
}

fn account(chars: &[char], from: usize, numbered: bool, marks: &mut Marks) {
    let leads = chars[from..].iter().take(MOST_LEADS).take_while(|c| LEADS.contains(**c)).count();
    let at = from + leads;
    let sign = |c: &&char| {
        narrow(**c).is_ascii_alphabetic() || plain(**c).is_some() || matches!(c, '_' | '-')
    };
    let named = chars[at..].iter().take_while(sign).count();
    // qq.com and zhang@qq.com are no account of QQ, which the mask of mails knows.
    let mail = matches!(chars.get(at + named), Some('.' | '@'));
    let digits = chars[at..at + named].iter().any(|c| plain(*c).is_some());
    if named < SHORTEST || mail || (numbered && !digits) {
        return;
    }
    let first = usize::from(narrow(chars[at]).is_ascii_alphabetic());
    marks.mark_run(at..at + named, first..named - 2);
}

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
