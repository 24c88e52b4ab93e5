//! Every label, state, refusal and notice, in Chinese and English.
//!
//! A concept's sentences stand in `messages/zh/CONCEPT.toml` and `messages/en/CONCEPT.toml`; a key
//! is `concept.name`. The tables `refusal`, `problem`, `notice`, `act` and `left_empty` (what to do
//! about a field left empty, by its name) of any file belong to all.

use std::collections::HashMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

use crate::act::{FieldProblem, Refusal};

static MESSAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/messages");
static ZH: LazyLock<HashMap<String, String>> = LazyLock::new(|| load("zh"));
static EN: LazyLock<HashMap<String, String>> = LazyLock::new(|| load("en"));

/// Tables that any file may add to.
const SHARED: [&str; 5] = ["refusal", "problem", "notice", "act", "left_empty"];

/// `0.8` of a list of languages as 800; what is none is nothing.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    format!("{whole}{part}").parse().map_or(0, |weight: u32| weight.min(1000))
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub fn from_code(code: &str) -> Option<Lang> {
        match code.get(..2)? {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// The first of the languages somebody would rather have that we speak, out of a list such as
    /// `fr, zh;q=0.5, en;q=0.8` (RFC 9110, 12.5.4).
    pub fn accepted(list: &str) -> Option<Lang> {
        let mut best: Option<(u32, Lang)> = None;
        for one in list.split(',') {
            let mut parts = one.split(';').map(str::trim);
            let Some(lang) = parts.next().and_then(Lang::from_code) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    /// `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    /// The `lang` attribute of a page.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    fn all(self) -> &'static HashMap<String, String> {
        match self {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    /// The sentence of a key; the key itself where there is none (a test finds those).
    pub fn say(self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| key.to_owned())
    }

    pub fn find(self, key: &str) -> Option<String> {
        self.all().get(key).cloned()
    }

    /// The sentence with its `{name}`s filled in. What has a name in each language is given twice,
    /// as `stage` and as `stage_en`: an English sentence takes the second.
    pub fn fill<K: AsRef<str>, V: AsRef<str>>(self, key: &str, params: &[(K, V)]) -> String {
        let Some(sentence) = self.all().get(key) else { return key.to_owned() };
        let named = |wanted: &str| params.iter().find(|(name, _)| name.as_ref() == wanted);
        let english = |blank: &str| {
            let own = |(name, value): &&(K, V)| {
                name.as_ref().strip_suffix("_en") == Some(blank) && !value.as_ref().is_empty()
            };
            params.iter().find(own).filter(|_| self == Lang::En)
        };
        let value = |blank: &str| english(blank).or_else(|| named(blank));
        let mut out = String::with_capacity(sentence.len() + 32);
        let mut rest = sentence.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let filled = after.split_once('}').and_then(|(blank, on)| Some((value(blank)?, on)));
            match filled {
                Some(((_, value), on)) => {
                    out.push_str(value.as_ref());
                    rest = on;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// The sentence with one `{n}` filled in.
    pub fn with(self, key: &str, n: &dyn std::fmt::Display) -> String {
        self.fill(key, &[("n", n.to_string())])
    }

    pub fn refusal(self, refusal: &Refusal) -> String {
        self.fill(&format!("refusal.{}", refusal.code), &refusal.params)
    }

    /// What is refused may stand by a field of the form that asked for it, in the same words.
    pub fn problem(self, problem: &FieldProblem) -> String {
        if problem.code == "missing" {
            if problem.params.iter().any(|(name, _)| *name == "question") {
                return self.fill("problem.missing_answer", &problem.params);
            }
            // Rows of a form bear a number: `condition.2`, `name0`.
            let name = problem.field.split('.').next().unwrap_or_default();
            let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).replace('-', "_");
            let told = self.find(&format!("left_empty.{name}"));
            return told.unwrap_or_else(|| self.say("problem.missing"));
        }
        let own = format!("problem.{}", problem.code);
        let key = match self.all().contains_key(&own) {
            true => own,
            false => format!("refusal.{}", problem.code),
        };
        self.fill(&key, &problem.params)
    }

    /// The Chinese or the English of a pair.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::En if !en.is_empty() => en,
            _ => zh,
        }
    }
}

/// Every key of a language with its sentence.
pub fn sentences(lang: Lang) -> &'static HashMap<String, String> {
    lang.all()
}

fn load(lang: &str) -> HashMap<String, String> {
    let mut out = HashMap::new();
    let files = MESSAGES.get_dir(lang).into_iter().flat_map(|dir| dir.files());
    for file in files {
        let concept = file.path().file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let text = file.contents_utf8().unwrap_or_default();
        match text.parse::<toml::Table>() {
            Ok(table) => flatten(concept, &table, &mut out),
            Err(error) => tracing::error!("messages {lang}/{concept}.toml: {error}"),
        }
    }
    out
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut HashMap<String, String>) {
    for (name, value) in table {
        let shared = !prefix.contains('.') && SHARED.contains(&name.as_str());
        let key = if shared { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, out),
            toml::Value::String(text) => drop(out.insert(key, text.clone())),
            other => tracing::error!("message {key} is no text: {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_braces_is_no_blank() {
        let told = Lang::En.fill("case.sla.fine", &[("n", "{n} {x}")]);
        assert!(told.contains("{n} {x}"), "{told}");
        assert_eq!(Lang::En.fill("no.such.key", &[("n", "1")]), "no.such.key");
    }

    #[test]
    fn of_several_languages_the_one_somebody_would_rather_have_is_spoken() {
        for (list, lang) in [
            ("en-GB,en;q=0.9,zh;q=0.8", Some(Lang::En)),
            ("fr, zh;q=0.5, en;q=0.8", Some(Lang::En)),
            ("en;q=0.1,zh-CN", Some(Lang::Zh)),
            ("zh, en", Some(Lang::Zh)),
            ("en;q=0, zh;q=0.001", Some(Lang::Zh)),
            ("en;q=0", None),
            ("en;q=much", None),
            ("fr;q=1.0", None),
            ("", None),
        ] {
            assert_eq!(Lang::accepted(list), lang, "{list}");
        }
    }

    #[test]
    fn what_has_two_names_is_called_by_the_one_of_the_sentence() {
        let named = |english: &str| {
            let params =
                [("number", "7"), ("title", "灯"), ("clock", "受理"), ("clock_en", english)];
            [Lang::Zh, Lang::En].map(|lang| lang.fill("notice.case.clock_due", &params))
        };
        let [zh, en] = named("Accept");
        assert!(zh.contains("受理") && en.contains("Accept") && !en.contains("受理"), "{zh} {en}");
        assert!(named("")[1].contains("受理"), "where there is no other");
    }

    #[test]
    fn each_sentence_is_there_in_both_languages_with_the_same_blanks() {
        let blanks = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|s| s.split('}').next())
                // A value that is there in both languages is named after its own.
                .map(|name| if ["zh", "en"].contains(&name) { "said" } else { name })
                .map(str::to_owned)
                .collect();
            names.sort();
            names.dedup();
            names
        };
        assert!(ZH.len() > 20);
        for (key, zh) in ZH.iter() {
            let en = EN.get(key).unwrap_or_else(|| panic!("{key} has no English"));
            assert_eq!(blanks(zh), blanks(en), "{key}");
        }
        for key in EN.keys() {
            assert!(ZH.contains_key(key), "{key} has no Chinese");
        }
    }
}
