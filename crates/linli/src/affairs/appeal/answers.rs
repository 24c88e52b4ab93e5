//! Answers to the questions of a class: kept in one form and checked in one place, whichever
//! channel they come by.

use std::collections::BTreeMap;

use crate::act::FieldProblem;
use crate::base::Day;
use crate::base::text::pointer_part;
pub use crate::base::text::{choices, joined};
use crate::catalogue::{Class, Question};
use crate::words::Lang;

/// The longest answer in words.
pub const ANSWER_MAX: usize = 300;
/// A link to a picture that another maker's app gave; it answers no question.
pub const LINK: &str = "media_url";

/// What the answer to a question is called where a report came by: `open311`, `api`, or a form.
pub fn field(source: &str, code: &str) -> String {
    match source {
        "open311" => format!("attribute[{code}]"),
        "api" => format!("/answers/{}", pointer_part(code)),
        _ => format!("a.{code}"),
    }
}

/// What is wrong with the answers to the questions of a class, each by its [`field`], an answer
/// that ends the report first of all. Without a class nothing is asked, and there is no answer.
pub fn check(
    class: Option<&Class>,
    answers: &BTreeMap<String, String>,
    source: &str,
    lang: Lang,
) -> Vec<FieldProblem> {
    let questions = class.map_or(&[][..], |class| &class.questions);
    let mut out = Vec::new();
    if let Some(message) = class.and_then(|class| stop(class, answers, lang)) {
        let named = if source == "open311" { "service_code" } else { "class" };
        out.push(FieldProblem::new(named, "stopped").with("message", message));
    }
    for question in questions {
        let given = answers.get(&question.code).map_or("", |answer| answer.trim());
        if let Some((code, max)) = wrong(question, given) {
            let problem = FieldProblem::new(field(source, &question.code), code);
            // A form may lack several answers: which one is in the sentence.
            out.push(match (code, max) {
                ("missing", _) => problem.with("question", question.title.pick(lang)),
                (_, 0) => problem,
                (_, max) => problem.with("max", max),
            });
        }
    }
    let asked = |code: &String| questions.iter().any(|question| question.code == *code);
    for code in answers.keys().filter(|code| !asked(code) && *code != LINK) {
        out.push(FieldProblem::new(field(source, code), "unknown_field"));
    }
    out
}

/// The code of what is wrong, and the length it may have where it is too long.
fn wrong(question: &Question, given: &str) -> Option<(&'static str, usize)> {
    if given.is_empty() {
        return question.required.then_some(("missing", 0));
    }
    let known = |value: &str| question.options.iter().any(|option| option.value == value);
    match question.kind.as_str() {
        "choice" => (!known(given)).then_some(("not_an_option", 0)),
        "multi" => (!choices(given).all(known)).then_some(("not_an_option", 0)),
        "number" => (!is_number(given)).then_some(("not_a_number", 0)),
        "datetime" => (!is_time(given)).then_some(("not_a_time", 0)),
        _ => (given.chars().count() > ANSWER_MAX).then_some(("too_long", ANSWER_MAX)),
    }
}

/// A whole or decimal number, with a sign if need be.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 30 && digits(whole) && digits(part)
}

/// A day, or a day with a time: `2026-11-26`, `2026-11-26T02:30`, with seconds and an offset.
fn is_time(text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else { return false };
    if text.len() > 40 || day.parse::<Day>().is_err() {
        return false;
    }
    let Some(time) = rest.strip_prefix(['T', 't', ' ']) else { return rest.is_empty() };
    let two = |at: usize, most: u32| {
        let part = time.get(at..at + 2).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<u32>().ok()).is_some_and(|n| n < most)
    };
    let tail = time.get(5..).unwrap_or_default();
    let tail = tail.bytes().all(|b| b.is_ascii_digit() || b":.+-Zz ".contains(&b));
    two(0, 24) && time.as_bytes().get(2) == Some(&b':') && two(3, 60) && tail
}

/// The message of the first answer that ends the form: then there is somebody to call at once.
pub fn stop(class: &Class, answers: &BTreeMap<String, String>, lang: Lang) -> Option<String> {
    class.questions.iter().find_map(|question| {
        let stop = question.stop.as_ref()?;
        let given = answers.get(&question.code)?;
        let ends = choices(given).any(|value| value == stop.value);
        ends.then(|| stop.message.pick(lang).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Id;
    use crate::catalogue::{AnswerOption, Pair, Stop};

    fn class() -> Class {
        let pair = |text: &str| Pair { zh: text.to_owned(), en: text.to_owned() };
        let option = |value: &str| AnswerOption {
            value: value.to_owned(),
            zh: value.to_owned(),
            en: value.to_owned(),
        };
        let question = |code: &str| Question {
            code: code.to_owned(),
            kind: code.to_owned(),
            required: code == "choice",
            title: pair(code),
            options: vec![option("a"), option("b,c"), option("gas")],
            stop: Some(Stop { value: "gas".to_owned(), message: pair("call") }),
        };
        let kinds = ["choice", "multi", "number", "datetime", "text"];
        let blank = Class::blank(Id::derived("class"), "E0101", "event");
        Class { questions: kinds.map(question).to_vec(), ..blank }
    }

    #[test]
    fn each_kind_of_answer_is_held_to_its_kind() {
        let long = "字".repeat(ANSWER_MAX + 1);
        let several = joined(&["a", "b,c"]);
        assert_eq!(choices(&several).collect::<Vec<_>>(), ["a", "b,c"]);
        for (kind, answer, code) in [
            ("choice", "a", ""),
            ("choice", "", "missing"),
            ("choice", "a\nb,c", "not_an_option"),
            ("multi", several.as_str(), ""),
            ("multi", "a,b,c", "not_an_option"),
            ("multi", "a\nz", "not_an_option"),
            ("number", "-3.5", ""),
            ("number", "1e3", "not_a_number"),
            ("number", "NaN", "not_a_number"),
            ("number", "3.", "not_a_number"),
            ("datetime", "2026-11-26", ""),
            ("datetime", "2026-11-26T02:30", ""),
            ("datetime", "2026-11-26T02:30:00+08:00", ""),
            ("datetime", "2026-11-26T25:30", "not_a_time"),
            ("datetime", "2026-02-30", "not_a_time"),
            ("datetime", "昨天晚上的时候", "not_a_time"),
            ("text", "一句话", ""),
            ("text", long.as_str(), "too_long"),
            ("unasked", "x", "unknown_field"),
            (LINK, "https://example.com/a.jpg", ""),
        ] {
            let mut answers = BTreeMap::from([("choice".to_owned(), "a".to_owned())]);
            answers.insert(kind.to_owned(), answer.to_owned());
            let found = check(Some(&class()), &answers, "web", Lang::Zh);
            let found: Vec<(&str, &str)> = found.iter().map(|p| (&*p.field, p.code)).collect();
            let field = format!("a.{kind}");
            let wanted = if code.is_empty() { vec![] } else { vec![(field.as_str(), code)] };
            assert_eq!(found, wanted, "{kind} {answer}");
        }
    }

    #[test]
    fn an_answer_that_ends_the_form_does_so_among_others() {
        let of = |answer: &str| BTreeMap::from([("multi".to_owned(), answer.to_owned())]);
        assert_eq!(stop(&class(), &of("a\ngas"), Lang::Zh).as_deref(), Some("call"));
        assert_eq!(stop(&class(), &of("a"), Lang::Zh), None);
        let wrong = check(Some(&class()), &of("a\ngas"), "web", Lang::Zh);
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|p| (&*p.field, p.code)).collect();
        assert_eq!(wrong, [("class", "stopped"), ("a.choice", "missing")]);
    }

    #[test]
    fn an_answer_that_is_missing_is_told_by_its_question() {
        let wrong = check(Some(&class()), &BTreeMap::new(), "web", Lang::Zh);
        let told: Vec<String> = wrong.iter().map(|problem| Lang::Zh.problem(problem)).collect();
        let title = class().questions.into_iter().find(|q| q.required).map(|q| q.title.zh);
        assert_eq!(told, [format!("请回答“{}”。", title.unwrap())]);
    }

    #[test]
    fn without_a_class_there_is_nothing_to_answer() {
        let answers = BTreeMap::from([("a/b".to_owned(), "x".to_owned())]);
        for (source, named) in
            [("web", "a.a/b"), ("api", "/answers/a~1b"), ("open311", "attribute[a/b]")]
        {
            let wrong = check(None, &answers, source, Lang::Zh);
            let wrong: Vec<(&str, &str)> = wrong.iter().map(|p| (&*p.field, p.code)).collect();
            assert_eq!(wrong, [(named, "unknown_field")]);
        }
    }
}
