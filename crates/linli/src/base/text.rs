//! Limits on text that people and machines send us.

use linli_rules::mask::UNSEEN;
pub use linli_rules::mask::narrow;

/// Why a text was not taken; the messages have a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextProblem {
    Missing,
    TooLong { max: usize },
}

/// Trims, drops control characters (line breaks and tabs stay) and the marks that turn the
/// direction of text around, and holds the rest to `max` characters. Blanks that take no room are
/// blanks at the ends; within, they join the signs of some scripts and pictures.
pub fn clean(text: &str, max: usize) -> Result<String, TextProblem> {
    let kept: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let kept = kept.trim_matches(|c: char| c.is_whitespace() || UNSEEN.contains(&c));
    if kept.is_empty() {
        return Err(TextProblem::Missing);
    }
    if kept.chars().count() > max {
        return Err(TextProblem::TooLong { max });
    }
    Ok(kept.to_owned())
}

/// The first `max` characters, with an ellipsis when something was cut. No English word is cut
/// through, unless it fills half of the room.
pub fn shorten(text: &str, max: usize) -> String {
    let Some((at, next)) = text.char_indices().nth(max) else { return text.to_owned() };
    let (kept, letter) = (&text[..at], |c: char| c.is_ascii_alphabetic());
    let whole = match next {
        next if letter(next) => kept.trim_end_matches(letter),
        _ => kept,
    };
    let whole = if 2 * whole.chars().count() < max { kept } else { whole };
    format!("{}…", whole.trim_end_matches(|c: char| c.is_whitespace() || c == ','))
}

/// A number of bytes as people read it: `64 KB`, `4 MB`.
pub fn size(bytes: usize) -> String {
    if bytes < 1 << 20 { format!("{} KB", bytes >> 10) } else { format!("{} MB", bytes >> 20) }
}

/// What stands between the choices of an answer that has several: no code of a choice holds it.
const BETWEEN: char = '\n';

/// A name as a part of a JSON pointer (RFC 6901).
pub fn pointer_part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that a JSON pointer leads to: the last of its parts.
pub fn pointer_name(pointer: &str) -> String {
    let part = pointer.rsplit('/').next().unwrap_or(pointer);
    part.replace("~1", "/").replace("~0", "~")
}

/// Several choices as one answer.
pub fn joined<T: AsRef<str>>(choices: &[T]) -> String {
    let choices: Vec<&str> = choices.iter().map(|one| one.as_ref().trim()).collect();
    choices.join(&BETWEEN.to_string())
}

/// The choices of an answer; an answer in words is one.
pub fn choices(answer: &str) -> impl Iterator<Item = &str> {
    answer.split(BETWEEN).map(str::trim).filter(|one| !one.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_marks_are_dropped() {
        assert_eq!(
            clean("  路灯\u{0}不亮\u{202e}\r\n三号楼 ", 20).as_deref(),
            Ok("路灯不亮\n三号楼")
        );
        assert_eq!(clean(" \u{7} ", 20), Err(TextProblem::Missing));
        assert_eq!(clean("一二三", 2), Err(TextProblem::TooLong { max: 2 }));
        for unseen in UNSEEN {
            assert_eq!(clean(&format!(" {unseen}\n{unseen}"), 20), Err(TextProblem::Missing));
            assert_eq!(clean(&format!("{unseen} 是 {unseen}"), 20).as_deref(), Ok("是"));
        }
        assert_eq!(clean("👩\u{200d}🔧", 20).as_deref(), Ok("👩\u{200d}🔧"));
        assert_eq!(shorten("一二三", 2), "一二…");
        assert_eq!(shorten("The street lamp at the gate", 17), "The street lamp…");
        assert_eq!(shorten("The street lamp at the gate", 15), "The street lamp…");
        assert_eq!(shorten("abcdefghij", 4), "abcd…");
    }
}
