//! The English of conditions and closing lines. A standard is adopted in one language: what is
//! ticked, kept and recorded is the line as it was adopted. Of the lines that ship the English is
//! known, and an English page reads that; a district's own are read as they are written.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::seed;
use crate::words::Lang;

static ENGLISH: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| seed::glosses().unwrap_or_default());

/// A condition or a closing line as it is read in this language.
pub fn said(lang: Lang, line: &str) -> String {
    let english = ENGLISH.get(line).map_or(line, String::as_str);
    lang.pick(line, english).to_owned()
}

/// A closing list in one line, between its lines what stands there in Chinese or in English.
pub fn list(lang: Lang, lines: &[String], between: (&str, &str)) -> String {
    let lines: Vec<String> = lines.iter().map(|line| said(lang, line)).collect();
    lines.join(lang.pick(between.0, between.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_ships_has_its_english_and_no_other_is_touched() {
        let all = seed::glosses().unwrap();
        assert!(all.len() > 200);
        for (line, english) in &all {
            assert!(english.chars().any(|c| c.is_ascii_alphabetic()), "{line}");
            assert!(english.is_ascii(), "{english}");
            assert_eq!(said(Lang::En, line), *english);
            assert_eq!(said(Lang::Zh, line), *line);
        }
        assert_eq!(said(Lang::En, "本街道自己的一条"), "本街道自己的一条");
    }
}
