//! Numbers as they are typed: in one, or in groups that are set apart.

use super::{Marks, plain};

/// A stretch of digits without a gap: where it begins, and its digits (X counts at the end).
struct Group {
    at: usize,
    digits: Vec<u32>,
    /// A sign stands before it that lists are made with.
    listed: bool,
}

const X: u32 = 10;

/// What people set digits apart with.
const GAPS: &str = "-－—–‐‑−~～._·・．/／()（）";

/// These too, but mostly they stand between rooms, houses, days, times of day and what is reckoned.
const LISTS: &str = "、，,:：|｜+＋*＊×转";

/// Blanks that take no room.
pub const UNSEEN: [char; 5] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// Signs that may stand between two groups of one number.
const WIDEST_GAP: usize = 3;

pub(super) fn numbers(chars: &[char], marks: &mut Marks) {
    let mut i = 0;
    while i < chars.len() {
        let mut run: Vec<Group> = vec![];
        let mut listed = false;
        while let Some(group) = group_at(chars, i, listed) {
            i += group.digits.len();
            run.push(group);
            let gap = gap_at(&chars[i..]);
            if gap.is_empty() || group_at(chars, i + gap.len(), false).is_none() {
                break;
            }
            i += gap.len();
            listed = gap.iter().any(|c| LISTS.contains(*c));
        }
        mask_run(chars, &run, marks);
        if run.is_empty() {
            i += 1;
        }
    }
}

/// The signs between two groups that may be of one number; none where it is too wide for that.
pub(super) fn gap_at(chars: &[char]) -> &[char] {
    let parts = |c: &&char| {
        c.is_whitespace() || GAPS.contains(**c) || LISTS.contains(**c) || UNSEEN.contains(c)
    };
    let wide = chars.iter().take(WIDEST_GAP + 1).take_while(parts).count();
    if wide > WIDEST_GAP { &[] } else { &chars[..wide] }
}

fn group_at(chars: &[char], at: usize, listed: bool) -> Option<Group> {
    let mut digits: Vec<u32> = chars.get(at..)?.iter().map_while(|c| plain(*c)).collect();
    let end = chars.get(at + digits.len());
    if !digits.is_empty() && matches!(end, Some('x' | 'X' | 'Ｘ' | 'ｘ')) {
        digits.push(X);
    }
    (!digits.is_empty()).then_some(Group { at, digits, listed })
}

/// Groups of one number: a citizen id said digit by digit has eighteen.
const MOST_GROUPS: usize = 18;

/// Tries each group alone, then with those after it, never over one that is personal by itself.
fn mask_run(chars: &[char], run: &[Group], marks: &mut Marks) {
    let mut first = 0;
    while first < run.len() {
        let told = after_word_for_phone(chars, run[first].at);
        let mut took = 1;
        for n in 1..=MOST_GROUPS.min(run.len() - first) {
            let groups = &run[first..first + n];
            if n > 1 && shown(&groups[n - 1..], false).is_some() {
                break;
            }
            let Some((head, tail)) = shown(groups, told) else { continue };
            let places = |group: &Group| group.at..group.at + group.digits.len();
            let places: Vec<usize> = groups.iter().flat_map(places).collect();
            let end = places.len().saturating_sub(tail);
            marks.mark(&places, head..end);
            took = n;
            break;
        }
        first += took;
    }
}

/// 电话, 座机 … stands shortly before.
fn after_word_for_phone(chars: &[char], at: usize) -> bool {
    let before: String = chars[at.saturating_sub(6)..at].iter().collect();
    ["电话", "座机", "联系", "号码", "致电", "拨打"].iter().any(|word| before.contains(word))
}

/// How many digits at the beginning and at the end stay, when the digits are personal.
///
/// Days, rooms and houses are groups of digits too. So what stands as a list is a number only in
/// the shape of a mobile phone or digit by digit; a citizen id in groups must hold a day of birth,
/// a bank card in groups its check digit, an area code is a group by itself; and what comes in more
/// groups than one writes is a number said digit by digit.
fn shown(groups: &[Group], told: bool) -> Option<(usize, usize)> {
    let lens: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    let each = |most: usize| lens.iter().all(|len| *len <= most);
    let listed = groups.iter().skip(1).any(|group| group.listed);
    if (lens.len() > 6 && !each(2)) || (listed && !each(1) && lens != [3, 4, 4]) {
        return None;
    }
    let digits: Vec<u32> = groups.iter().flat_map(|group| &group.digits).copied().collect();
    let plain = digits.strip_suffix(&[X]).unwrap_or(&digits);
    let mobile = |d: &[u32]| d.len() == 11 && d[0] == 1 && d[1] >= 3;
    let whole = lens.len() == 1;
    match (digits.len(), plain.len()) {
        (18, _) if whole || born(&plain[6..14]) => Some((6, 4)),
        (15, 15) if lens.len() <= 3 && old_id(plain) => Some((6, 4)),
        (_, 11) if mobile(plain) => Some((3, 4 + digits.len() - plain.len())),
        (_, 13) if plain[..2] == [8, 6] && mobile(&plain[2..]) => Some((5, 4)),
        (_, 15) if plain[..4] == [0, 0, 8, 6] && mobile(&plain[4..]) => Some((7, 4)),
        (_, 10..=12) if plain[0] == 0 && (whole || matches!(lens[0], 3 | 4)) => {
            Some((if plain[1] <= 2 { 3 } else { 4 }, 2))
        }
        (_, 7 | 8) if told && plain[0] >= 2 => Some((0, 2)),
        (16.., _) if whole || luhn(plain) => Some((0, 4)),
        _ => None,
    }
}

/// Whether the last digit is the check digit of a bank card (ISO/IEC 7812-1 annex B).
fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether eight digits are a day on which somebody alive may be born.
pub(super) fn born(digits: &[u32]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    matches!(two(0), 19 | 20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

/// A number of 15 digits as given out until 1999: the middle is a day of birth.
fn old_id(digits: &[u32]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    digits[0] != 0 && (1..=12).contains(&two(8)) && (1..=31).contains(&two(10))
}
