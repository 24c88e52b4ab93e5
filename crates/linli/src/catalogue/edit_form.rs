//! A class as the form has it, there and back: fields with a number behind the dot belong to the
//! standard or the question of that number.

use linli_rules::calendar::{Limit, LimitKind};

use super::rules::{ClassFields, MOST_QUESTIONS, MOST_STANDARDS, NewStandard};
use super::{AnswerOption, Class, Pair, Question, Standard, Stop};
use crate::act::FieldProblem;
use crate::base::Id;
use crate::page::Form;

/// A form that shows a class as it stands.
pub fn filled(class: &Class, standards: &[Standard]) -> Form {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
    for (name, pair) in [("title", &class.title), ("group", &class.group), ("plain", &class.plain)]
    {
        put(&format!("{name}_zh"), &pair.zh);
        put(&format!("{name}_en"), &pair.en);
    }
    put("publicity", &class.publicity);
    put("anonymous", if class.anonymous { "yes" } else { "" });
    put("keywords", &class.keywords.join("、"));
    put("body_kind", class.body_kind.as_deref().unwrap_or_default());
    put("seen", &class.version.to_string());
    for (n, standard) in standards.iter().enumerate() {
        put(&format!("replaces.{n}"), standard.id.as_str());
        put(&format!("condition.{n}"), &standard.condition);
        put(&format!("closing.{n}"), &standard.closing.join("\n"));
        put(&format!("limit_n.{n}"), &standard.limit.n.to_string());
        put(&format!("limit_kind.{n}"), standard.limit.kind.name());
        put(&format!("grade.{n}"), &standard.grade);
    }
    for (n, question) in class.questions.iter().enumerate() {
        put(&format!("q_zh.{n}"), &question.title.zh);
        put(&format!("q_en.{n}"), &question.title.en);
        put(&format!("q_code.{n}"), &question.code);
        put(&format!("q_kind.{n}"), &question.kind);
        put(&format!("q_required.{n}"), if question.required { "yes" } else { "" });
        let line = |o: &AnswerOption| format!("{}|{}|{}", o.value, o.zh, o.en);
        let options: Vec<String> = question.options.iter().map(line).collect();
        put(&format!("q_options.{n}"), &options.join("\n"));
        if let Some(stop) = &question.stop {
            put(&format!("q_stop.{n}"), &stop.value);
            put(&format!("q_stop_zh.{n}"), &stop.message.zh);
            put(&format!("q_stop_en.{n}"), &stop.message.en);
        }
    }
    Form::from_pairs(pairs)
}

/// How many standards the form has to show: those filled in and an empty one.
pub fn standards_in(form: &Form) -> usize {
    filled_rows(form, "condition", MOST_STANDARDS)
}

/// As [`standards_in`], of questions.
pub fn questions_in(form: &Form) -> usize {
    filled_rows(form, "q_zh", MOST_QUESTIONS)
}

fn filled_rows(form: &Form, name: &str, most: usize) -> usize {
    let is_filled = |n: &usize| {
        !form.get(&format!("{name}.{n}")).is_empty()
            || !form.get(&format!("replaces.{n}")).is_empty() && name == "condition"
    };
    let last = (0..most).rev().find(is_filled);
    last.map_or(1, |last| last + 2).min(most)
}

/// What the form asks for. A number that is none is told by its field; the rest is for the rules.
pub fn read(form: &Form) -> (ClassFields, Vec<NewStandard>, Vec<FieldProblem>) {
    let pair = |name: &str| {
        let (zh, en) = (form.get(&format!("{name}_zh")), form.get(&format!("{name}_en")));
        // Where the English is not written yet, the Chinese stands in its place.
        Pair { zh: zh.to_owned(), en: if en.is_empty() { zh } else { en }.to_owned() }
    };
    // White space parts nothing: an English keyword may have several words.
    let marks = |c: char| matches!(c, '、' | '，' | ',' | ';' | '；' | '\n' | '\r');
    let keywords = form.get("keywords").split(marks).map(str::trim).filter(|word| !word.is_empty());
    let body_kind = form.get("body_kind");
    let fields = ClassFields {
        group: pair("group"),
        title: pair("title"),
        plain: pair("plain"),
        publicity: form.get("publicity").to_owned(),
        anonymous: form.get("anonymous") == "yes",
        keywords: keywords.map(str::to_owned).collect(),
        questions: (0..MOST_QUESTIONS).filter_map(|n| question(form, n)).collect(),
        body_kind: (!body_kind.is_empty()).then(|| body_kind.to_owned()),
    };
    let mut wrong = Vec::new();
    let standards = (0..MOST_STANDARDS).filter_map(|n| standard(form, n, &mut wrong)).collect();
    (fields, standards, wrong)
}

fn standard(form: &Form, n: usize, wrong: &mut Vec<FieldProblem>) -> Option<NewStandard> {
    let get = |name: &str| form.get(&format!("{name}.{n}"));
    let replaces = Id::parse(get("replaces"));
    if replaces.is_none() && get("condition").is_empty() && get("closing").is_empty() {
        return None;
    }
    let ends = get("ends") == "yes";
    let number = get("limit_n").parse::<u32>();
    if number.is_err() && !ends {
        wrong.push(FieldProblem::new(format!("limit_n.{n}"), "not_a_number"));
    }
    let kind = LimitKind::from_name(get("limit_kind"));
    if kind.is_none() && !ends {
        wrong.push(FieldProblem::new(format!("limit_kind.{n}"), "missing"));
    }
    let closing = get("closing").lines().map(str::trim).filter(|line| !line.is_empty());
    Some(NewStandard {
        replaces,
        ends,
        condition: get("condition").to_owned(),
        closing: closing.map(str::to_owned).collect(),
        limit: Limit { kind: kind.unwrap_or(LimitKind::WorkDay), n: number.unwrap_or(1) },
        grade: get("grade").to_owned(),
    })
}

fn question(form: &Form, n: usize) -> Option<Question> {
    let get = |name: &str| form.get(&format!("{name}.{n}"));
    let (zh, en) = (get("q_zh"), get("q_en"));
    if zh.is_empty() {
        return None;
    }
    let or_zh = |en: &str, zh: &str| if en.is_empty() { zh } else { en }.to_owned();
    let option = |line: &str| {
        let parts: Vec<&str> = line.split(['|', '｜']).map(str::trim).collect();
        let zh = parts.get(1).or(parts.first()).copied().unwrap_or_default();
        AnswerOption {
            value: parts.first().copied().unwrap_or_default().to_owned(),
            zh: zh.to_owned(),
            en: parts.get(2).copied().unwrap_or(zh).to_owned(),
        }
    };
    let lines = get("q_options").lines().filter(|line| !line.trim().is_empty());
    // A value without a message, or the other way round, is told by the rules.
    let stops = ["q_stop", "q_stop_zh", "q_stop_en"].iter().any(|name| !get(name).is_empty());
    let stop = stops.then(|| Stop {
        value: get("q_stop").to_owned(),
        message: Pair {
            zh: get("q_stop_zh").to_owned(),
            en: or_zh(get("q_stop_en"), get("q_stop_zh")),
        },
    });
    let code = get("q_code");
    Some(Question {
        code: if code.is_empty() { format!("q{}", n + 1) } else { code.to_owned() },
        kind: get("q_kind").to_owned(),
        required: get("q_required") == "yes",
        title: Pair { zh: zh.to_owned(), en: or_zh(en, zh) },
        options: lines.map(option).collect(),
        stop,
    })
}
