//! The help of the commands in the operator's language. English stands in the code, where clap
//! finds it; in `messages/en/help.toml` it stands once more, beside the Chinese, and a test holds
//! the two together.

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};

use super::cli::Cli;
use crate::words::{Lang, sentences};

/// The command line as it is read, with its help in a language.
pub fn command(lang: Lang) -> Command {
    let mut whole = Cli::command();
    if lang == Lang::En {
        return whole;
    }
    // Only what is built has the options and the command that print help.
    whole.build();
    told(whole, "help", lang)
}

/// A command and all below it; `at` is where its sentences stand.
fn told(command: Command, at: &str, lang: Lang) -> Command {
    let usage = heading("help.usage", lang);
    let page = format!("{{about-with-newline}}\n{usage}{{usage}}\n\n{{all-args}}");
    let printing = command.get_name() == "help";
    let about = lang.find(&format!("{at}.about"));
    let about = about.or_else(|| printing.then(|| lang.say("help.help_command")));
    let command = match about {
        Some(about) => command.about(StyledStr::from(about)).long_about(None::<&'static str>),
        None => command,
    };
    command
        .help_template(StyledStr::from(page))
        .subcommand_help_heading(heading("help.commands", lang))
        .mut_args(|arg| named(arg, at, lang))
        .mut_subcommands(|below| {
            let at = format!("{at}.{}", below.get_name());
            told(below, &at, lang)
        })
}

fn named(arg: Arg, at: &str, lang: Lang) -> Arg {
    let under = if arg.is_positional() { "help.arguments" } else { "help.options" };
    let arg = match help(arg.get_id().as_str(), at, lang) {
        Some(help) => arg.help(StyledStr::from(help)).long_help(None::<&'static str>),
        None => arg,
    };
    arg.help_heading(heading(under, lang))
}

/// A heading of the page.
fn heading(key: &'static str, lang: Lang) -> &'static str {
    sentences(lang).get(key).map_or(key, String::as_str)
}

/// What an argument is: at this command, or at all that have it.
fn help(arg: &str, at: &str, lang: Lang) -> Option<String> {
    let own = match arg {
        "help" => "help.print_help".to_owned(),
        "version" => "help.print_version".to_owned(),
        "language" => "help.language".to_owned(),
        arg => format!("{at}.{arg}"),
    };
    lang.find(&own).or_else(|| lang.find(&format!("help.any.{arg}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The English beside the Chinese is that of the code, for each command and what it takes.
    fn held(command: &Command, at: &str) {
        let english = |found: Option<String>| found.unwrap_or_else(|| panic!("{at} has no help"));
        let about = english(Lang::En.find(&format!("{at}.about")));
        assert_eq!(command.get_about().map(ToString::to_string), Some(about), "{at}");
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let id = arg.get_id().as_str();
            let said = arg.get_help().map(ToString::to_string);
            assert_eq!(said, help(id, at, Lang::En), "{at} {id}");
            let chinese = help(id, at, Lang::Zh).unwrap_or_default();
            assert!(!chinese.is_ascii(), "{at} {id}: {chinese}");
        }
        for below in command.get_subcommands() {
            held(below, &format!("{at}.{}", below.get_name()));
        }
    }

    #[test]
    fn each_command_and_argument_has_its_help_in_both_languages() {
        held(&Cli::command(), "help");
    }

    fn printed(words: &[&str], lang: Lang) -> String {
        let line = ["linli"].iter().chain(words).chain(&["--help"]);
        let error = command(lang).try_get_matches_from(line).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp);
        error.to_string()
    }

    #[test]
    fn help_is_printed_in_the_language_that_was_asked_for() {
        for (words, parts) in [
            (&[][..], &["用法：linli", "命令", "备份一个区", "显示帮助", "某个命令的帮助"][..]),
            (&["backup"], &["用法：linli backup", "选项", "区的文件夹", "LINLI_DIR", "--to <TO>"]),
            (&["import"], &["参数", "[FILE]", "撤回某一批", "wgs84"]),
            (&["admin", "user", "suspend"], &["停用一个账号", "账号的用户名"]),
        ] {
            let said = printed(words, Lang::Zh);
            for part in parts {
                assert!(said.contains(part), "{words:?}: {part}: {said}");
            }
            for english in ["Usage:", "Options:", "Commands:", "Arguments:", "Print"] {
                assert!(!said.contains(english), "{words:?}: {english}: {said}");
            }
            assert!(printed(words, Lang::En).contains("Usage: linli"), "{words:?}");
        }
    }

    #[test]
    fn a_line_is_read_alike_whatever_its_help_speaks() {
        for line in [
            &["linli", "backup", "--dir", "x", "--to", "y"][..],
            &["linli", "--lang", "en", "import", "--dir", "x", "--kind", "cases", "f.csv"],
            &["linli", "admin", "key", "end", "--dir", "x", "--id", "1"],
        ] {
            for lang in [Lang::Zh, Lang::En] {
                assert!(command(lang).try_get_matches_from(line).is_ok(), "{line:?}");
            }
            let cut = &line[..line.len() - 1];
            let kind = |lang| command(lang).try_get_matches_from(cut).unwrap_err().kind();
            assert_eq!(kind(Lang::Zh), kind(Lang::En), "{cut:?}");
        }
    }
}
