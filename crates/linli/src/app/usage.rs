//! What was typed wrong at the terminal, told in the operator's language.
//!
//! clap has its sentences in English only. What it knows of a mistake it gives by kind and by name,
//! and from that ours are made. Why a value is none (an address, a number) it has in English alone.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser};

use crate::words::Lang;

/// In which language the terminal is spoken to.
#[derive(Args)]
pub struct Spoken {
    /// Language of what is printed: zh or en; else that of the terminal.
    #[arg(long, visible_alias = "lang", global = true, env = "LINLI_LANGUAGE")]
    #[arg(value_parser = ["zh", "en"])]
    language: Option<String>,
    /// The language of the terminal, the first that is set (POSIX, environment variables).
    #[arg(long, env = "LC_ALL", hide = true)]
    lc_all: Option<OsString>,
    #[arg(long, env = "LC_MESSAGES", hide = true)]
    lc_messages: Option<OsString>,
    #[arg(long, env = "LANG", hide = true)]
    locale: Option<OsString>,
}

impl Spoken {
    /// The language asked for, else that of the terminal where it is one of ours.
    pub fn lang(&self) -> Lang {
        let asked = self.language.as_deref().and_then(Lang::from_code);
        let set = [&self.lc_all, &self.lc_messages, &self.locale];
        let set = set.into_iter().flatten().find(|name| !name.is_empty());
        asked
            .or_else(|| set.and_then(|name| of_locale(&name.to_string_lossy())))
            .unwrap_or_default()
    }

    /// The same of a line that cannot be read as a whole.
    pub fn lang_of(line: &[OsString]) -> Lang {
        #[derive(Parser)]
        struct Only {
            #[command(flatten)]
            spoken: Spoken,
        }
        let words: Vec<&str> = line.iter().filter_map(|word| word.to_str()).collect();
        let names = ["--language", "--lang"];
        let named = words.iter().enumerate().filter_map(|(at, word)| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value),
            None if names.contains(word) => words.get(at + 1).copied(),
            _ => None,
        });
        let known = named.filter(|code| Lang::from_code(code).is_some());
        let options = known.map(|code| format!("--language={code}"));
        let asked = ["linli".to_owned()].into_iter().chain(options.take(1));
        Only::try_parse_from(asked).map(|only| only.spoken.lang()).unwrap_or_default()
    }
}

/// `en_GB.UTF-8` is English; `C` is no language.
pub fn of_locale(name: &str) -> Option<Lang> {
    Lang::from_code(name.split(['_', '.', '@']).next().unwrap_or_default())
}

/// The mistake in the language of the operator; `None` where clap's own words stand: for help that
/// was asked for, and for what it does not name.
pub fn told(error: &clap::Error, lang: Lang) -> Option<String> {
    let given = |error: &clap::Error, kind| named(error, kind, lang.pick("、", ", "));
    let code = match error.kind() {
        ErrorKind::InvalidValue if given(error, ContextKind::InvalidValue).is_empty() => "no_value",
        ErrorKind::InvalidValue => "not_among",
        ErrorKind::ValueValidation => "bad_value",
        ErrorKind::UnknownArgument => "unknown",
        ErrorKind::InvalidSubcommand => "no_command",
        ErrorKind::MissingRequiredArgument => "missing",
        ErrorKind::MissingSubcommand => "which_command",
        ErrorKind::ArgumentConflict => "not_both",
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            "how_many"
        }
        ErrorKind::InvalidUtf8 => "not_utf8",
        _ => return None,
    };
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let params = [
        ("arg", given(error, ContextKind::InvalidArg)),
        ("value", given(error, ContextKind::InvalidValue)),
        ("values", given(error, ContextKind::ValidValue)),
        ("command", given(error, ContextKind::InvalidSubcommand)),
        ("other", given(error, ContextKind::PriorArg)),
        ("why", why),
    ];
    let params: Vec<(&str, &str)> = params.iter().map(|(name, of)| (*name, of.as_str())).collect();
    let mut lines = vec![format!("linli: {}", lang.fill(&format!("app.usage.{code}"), &params))];
    let meant = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand];
    let meant = meant.map(|kind| given(error, kind)).concat();
    if !meant.is_empty() {
        lines.push(lang.with("app.usage.meant", &meant));
    }
    let usage = given(error, ContextKind::Usage);
    if let Some(usage) = usage.trim().strip_prefix("Usage:") {
        lines.push(lang.with("app.usage.so", &usage.trim()));
    }
    lines.push(lang.say("app.usage.help"));
    Some(lines.join("\n"))
}

/// What clap says of a mistake under this name.
fn named(error: &clap::Error, kind: ContextKind, between: &str) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(all)) => all.join(between),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::StyledStrs(all)) => {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::cli::Cli;

    fn typed(words: &[&str]) -> String {
        let line: Vec<OsString> = ["linli"].iter().chain(words).map(OsString::from).collect();
        let error = Cli::try_parse_from(&line).err().unwrap();
        told(&error, Lang::Zh).unwrap_or_default()
    }

    #[test]
    fn what_is_typed_wrong_is_told_in_chinese() {
        for (words, parts) in [
            (&["backup", "--dir", "x"][..], &["缺少", "--to <TO>", "用法：linli backup"][..]),
            (&["bakup"], &["没有 bakup 这个命令", "backup"]),
            (&["check", "--dirr", "x"], &["不认识 --dirr", "--dir"]),
            (&["config", "drop", "--dir", "x"], &["drop", "只能是", "dump"]),
            (&["config", "--dir"], &["--dir <DIR>", "后面要有值"]),
            (&["healthcheck", "--listen", "nowhere"], &["--listen", "nowhere", "invalid socket"]),
            (&["--lang", "fr", "check"], &["fr", "zh、en"]),
            (&["config", "dump", "more", "--dir", "x"], &["more"]),
        ] {
            let said = typed(words);
            for part in parts {
                assert!(said.contains(part), "{words:?}: {part}: {said}");
            }
            let ours = said.lines().next().unwrap();
            assert!(!ours.contains("error:") && !ours.contains("app.usage"), "{said}");
            assert!(said.ends_with("--help。"), "{said}");
        }
        assert_eq!(typed(&["--help"]), "", "help is clap's");
        let error = Cli::try_parse_from(["linli", "bakup"]).err().unwrap();
        let said = told(&error, Lang::En).unwrap();
        assert!(said.starts_with("linli: There is no command bakup.\n  Did you mean"), "{said}");
    }

    #[test]
    fn the_language_of_a_line_that_cannot_be_read_is_still_found() {
        let lang = |words: &[&str]| {
            let line: Vec<OsString> = words.iter().map(OsString::from).collect();
            Spoken::lang_of(&line)
        };
        assert_eq!(lang(&["linli", "bakup", "--lang", "en"]), Lang::En);
        assert_eq!(lang(&["linli", "--language=en", "--what"]), Lang::En);
        assert_eq!(lang(&["linli", "--lang=zh", "--lang", "en"]), Lang::Zh);
        assert_eq!(lang(&["linli", "--lang", "fr", "--lang=en"]), Lang::En);
    }
}
