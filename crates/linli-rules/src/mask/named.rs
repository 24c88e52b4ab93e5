//! What is personal because of the word before it: accounts of messengers, passports.

use super::{Marks, narrow, plain};

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
