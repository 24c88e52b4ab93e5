//! 查找: which cases hold the words that somebody looks for. Nobody finds by searching what they are
//! not shown.

use linli_rules::mask::{mask_public, may_be_hidden};

use crate::base::sort;
use crate::store::{Value, containing};

/// The longest words that are searched for.
pub const MOST: usize = 60;

/// Digits of the running number in a case's number at least; after a million of them there are
/// more.
const RUNNING: usize = 6;

/// The number of a case, where the words are one.
fn number(words: &str) -> Option<&str> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, running) = words.split_once('-')?;
    let is_one = year.len() == 4 && running.len() >= RUNNING && digits(year) && digits(running);
    is_one.then_some(words)
}

/// Columns that hold the words, large and small letters alike on both engines.
pub fn in_columns(q: &str, columns: &[&str], bind: &mut impl FnMut(Value) -> String) -> String {
    let pattern = bind(containing(q).into());
    let like = |column: &&str| format!("lower({column}) like lower({pattern}) escape '\\'");
    columns.iter().map(like).collect::<Vec<_>>().join(" or ")
}

/// The words of a report as everyone reads them, and so as everyone finds them; none where nothing
/// in them is masked.
pub fn open_words<'a>(words: &str, own_names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    Some(mask_public(words, own_names)).filter(|open| open != words)
}

/// Matters `t` with their files `f` in which everyone can read the words: the number, the title,
/// and the report as it is masked for everyone.
pub fn by_all(q: &str, bind: &mut impl FnMut(Value) -> String) -> String {
    if let Some(number) = number(q) {
        return format!("t.number = {}", bind(number.into()));
    }
    in_columns(q, &["t.title", "coalesce(f.open_words, f.words)"], bind)
}

/// Matters `t` with their files `f` that hold the words, for the office: numbers are masked for it,
/// names and doors are not. What may stand behind such a mask is looked for in no report.
pub fn by_office(q: &str, bind: &mut impl FnMut(Value) -> String) -> String {
    let hidden = may_be_hidden(q);
    let words: &[&str] = if hidden { &[] } else { &["f.words"] };
    in_columns(q, &[&["t.number", "t.title", "f.address"], words].concat(), bind)
}

/// Matters `t` with their files `f` that hold the words, for whose reports they are.
pub fn by_insider(q: &str, bind: &mut impl FnMut(Value) -> String) -> String {
    in_columns(q, &["t.number", "t.title", "f.words", "f.address"], bind)
}

/// Whether a name is meant: it holds the words, or its pinyin or initials are the letters.
pub fn meant(q: &str) -> impl Fn(&str) -> bool {
    let (q, wanted) = (q.to_owned(), q.to_lowercase());
    let letters = wanted.chars().all(|c| c.is_ascii_alphabetic()) && wanted.len() > 1;
    move |name| name.contains(&q) || (letters && sort::means(name, &wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_told_from_words() {
        assert_eq!(number("2026-001042"), Some("2026-001042"));
        assert_eq!(number("2026-1000123"), Some("2026-1000123"));
        for words in ["3号楼", "13800001234", "2026-00104", "2026001042-", "0933-8212-345"] {
            assert_eq!(number(words), None, "{words}");
        }
    }
}
