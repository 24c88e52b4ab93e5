//! Numbers of which at least one digit is in characters: 一三八…

use super::groups::{UNSEEN, born};
use super::{Marks, digit, written};

/// Digits of a mobile phone, and of a citizen id.
pub(super) const MOBILE: usize = 11;
const CITIZEN: usize = 18;

/// What may stand, once, between two digits in characters. A 、 is not among them: 一、三、五号楼.
pub(super) fn parts(c: char) -> bool {
    c.is_whitespace() || UNSEEN.contains(&c) || "-－—–·".contains(c)
}

/// The digits from `at` on, written in whichever way, each with its place.
pub(super) fn run_at(chars: &[char], mut at: usize) -> Vec<(usize, u32)> {
    let mut run = Vec::new();
    while let Some(value) = chars.get(at).and_then(|c| digit(*c)) {
        run.push((at, value));
        at += 1;
        if chars.get(at).is_some_and(|c| parts(*c)) {
            at += 1;
        }
    }
    run
}

/// A number of which at least one digit is in characters. What follows it may begin with a digit as
/// well (…五六七八一直没人接), so it is looked for at every place of a run.
pub(super) fn numbers(chars: &[char], marks: &mut Marks) {
    let mut at = 0;
    while at < chars.len() {
        let run = run_at(chars, at);
        let mut from = 0;
        while from < run.len() {
            let rest = &run[from..];
            let (len, hidden) = match (citizen(chars, rest), mobile(rest)) {
                (true, _) => (CITIZEN, 6..14),
                (false, true) => (MOBILE, 3..7),
                _ => (1, 0..0),
            };
            let in_characters = |(place, _): &(usize, u32)| written(chars[*place]).is_some();
            if rest.iter().take(len).any(in_characters) {
                let places: Vec<usize> = rest.iter().take(len).map(|(place, _)| *place).collect();
                marks.mark(&places, hidden);
            }
            from += len;
        }
        at = run.last().map_or(at, |(place, _)| *place) + 1;
    }
}

fn mobile(rest: &[(usize, u32)]) -> bool {
    rest.len() >= MOBILE && rest[0].1 == 1 && rest[1].1 >= 3
}

/// Whether a citizen id begins here; its last sign may be an X.
fn citizen(chars: &[char], rest: &[(usize, u32)]) -> bool {
    let ends_in_x = || {
        let end = rest.get(CITIZEN - 2).and_then(|(place, _)| chars.get(place + 1));
        end.is_some_and(|c| matches!(c, 'x' | 'X' | 'Ｘ' | 'ｘ'))
    };
    let whole = rest.len() >= CITIZEN || (rest.len() == CITIZEN - 1 && ends_in_x());
    let day: Vec<u32> = rest.iter().skip(6).take(8).map(|(_, value)| *value).collect();
    whole && rest[0].1 != 0 && born(&day)
}
