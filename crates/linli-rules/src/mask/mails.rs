//! Addresses of mail.

use super::{Marks, han, narrow, written};

/// A sign before the @ of an address: any letter but a Chinese one, which in Chinese is part of the
/// sentence.
pub(super) fn local(c: char) -> bool {
    (c.is_alphanumeric() && !han(c) && written(c).is_none()) || "._%+-".contains(narrow(c))
}

/// zhang@example.com → z****@example.com; the domain may have any letters.
pub(super) fn plain(chars: &[char], marks: &mut Marks) {
    masked(chars, marks, local);
}

/// 王小明@公司.中国: for everyone so are letters before the @ that may as well be a sentence.
pub(super) fn named(chars: &[char], marks: &mut Marks) {
    masked(chars, marks, |c| c.is_alphanumeric());
}

fn masked(chars: &[char], marks: &mut Marks, local: impl Fn(char) -> bool) {
    for at in (0..chars.len()).filter(|i| narrow(chars[*i]) == '@') {
        let before = chars[..at].iter().rev().take_while(|c| local(**c)).count();
        let domain: Vec<char> = chars[at + 1..]
            .iter()
            .map(|c| if *c == '。' { '.' } else { narrow(*c) })
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        let dotted = domain.windows(2).any(|pair| pair[0] == '.' && pair[1] != '.');
        if before > 0 && dotted && domain[0] != '.' {
            let first = usize::from(before > 1);
            marks.mark_run(at - before..at, first..before);
        }
    }
}
