//! Rules of the catalogue, pure: what a class and its standards may be. Each problem names the
//! field of the form it came from: the n-th standard's limit is `limit_n.n`.

use std::collections::BTreeSet;

use linli_rules::calendar::Limit;
use serde::Serialize;

use super::{Class, Pair, Question, Standard};
use crate::act::FieldProblem;
use crate::base::{Id, text};

pub const TITLE_MAX: usize = 40;
pub const PLAIN_MAX: usize = 200;
pub const CONDITION_MAX: usize = 500;
pub const MOST_KEYWORDS: usize = 40;
pub const MOST_QUESTIONS: usize = 8;
pub const MOST_STANDARDS: usize = 12;

pub const KINDS: [&str; 3] = ["event", "component", "service"];
pub const GRADES: [&str; 4] = ["simple", "normal", "complex", URGENT];
/// The grade of what does not wait for working hours.
pub const URGENT: &str = "urgent";
pub const ANSWERS: [&str; 5] = ["text", "choice", "multi", "number", "datetime"];

/// What can be changed of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassFields {
    pub group: Pair,
    pub title: Pair,
    pub plain: Pair,
    pub publicity: String,
    pub anonymous: bool,
    pub keywords: Vec<String>,
    pub questions: Vec<Question>,
    pub body_kind: Option<String>,
}

impl ClassFields {
    pub fn onto(&self, old: Class) -> Class {
        Class {
            group: self.group.clone(),
            title: self.title.clone(),
            plain: self.plain.clone(),
            publicity: self.publicity.clone(),
            anonymous: self.anonymous,
            keywords: self.keywords.clone(),
            questions: self.questions.clone(),
            body_kind: self.body_kind.clone(),
            ..old
        }
    }
}

/// A standard as the form has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewStandard {
    /// The standard it replaces; none for one that is added.
    pub replaces: Option<Id>,
    /// The standard it names ends, and nothing takes its place.
    pub ends: bool,
    pub condition: String,
    pub closing: Vec<String>,
    pub limit: Limit,
    pub grade: String,
}

impl NewStandard {
    pub fn onto(&self, old: Standard) -> Standard {
        Standard {
            condition: self.condition.clone(),
            closing: self.closing.clone(),
            limit: self.limit,
            grade: self.grade.clone(),
            ..old
        }
    }
}

/// A code as the shipped catalogue and the tables of places have them.
pub fn check_new(code: &str, kind: &str) -> Vec<FieldProblem> {
    let mut wrong = Vec::new();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if code.is_empty() || code.len() > 24 || !code.chars().all(plain) {
        wrong.push(FieldProblem::new("code", "code_shape").with("max", 24));
    }
    if !KINDS.contains(&kind) {
        wrong.push(FieldProblem::new("kind", "missing"));
    }
    wrong
}

/// What is wrong with a class and its standards.
pub fn check(
    fields: &ClassFields,
    standards: &[NewStandard],
    body_kinds: &[String],
) -> Vec<FieldProblem> {
    let mut wrong = Vec::new();
    for (name, pair, max) in [
        ("title", &fields.title, TITLE_MAX),
        ("group", &fields.group, TITLE_MAX),
        ("plain", &fields.plain, PLAIN_MAX),
    ] {
        words(&mut wrong, &format!("{name}_zh"), &pair.zh, max);
        // The English is written later; until then the Chinese stands in its place.
        if !pair.zh.is_empty() || !pair.en.is_empty() {
            words(&mut wrong, &format!("{name}_en"), &pair.en, max * 4);
        }
    }
    if !["public", "private"].contains(&fields.publicity.as_str()) {
        wrong.push(FieldProblem::new("publicity", "missing"));
    }
    if fields.keywords.len() > MOST_KEYWORDS {
        wrong.push(FieldProblem::new("keywords", "too_many_keywords").with("max", MOST_KEYWORDS));
    }
    if fields.body_kind.as_ref().is_some_and(|kind| !body_kinds.contains(kind)) {
        wrong.push(FieldProblem::new("body_kind", "missing"));
    }
    questions(&mut wrong, &fields.questions);
    let left = standards.iter().filter(|standard| !standard.ends).count();
    if left == 0 {
        wrong.push(FieldProblem::new("condition.0", "no_standard_left"));
    }
    if standards.len() > MOST_STANDARDS {
        let field = format!("condition.{MOST_STANDARDS}");
        wrong.push(FieldProblem::new(field, "too_many_standards").with("max", MOST_STANDARDS));
    }
    for (n, standard) in standards.iter().enumerate().filter(|(_, one)| !one.ends) {
        words(&mut wrong, &format!("condition.{n}"), &standard.condition, CONDITION_MAX);
        words(&mut wrong, &format!("closing.{n}"), &standard.closing.join("\n"), CONDITION_MAX);
        if !(1..=Limit::MOST).contains(&standard.limit.n) {
            let problem = FieldProblem::new(format!("limit_n.{n}"), "limit_number");
            wrong.push(problem.with("max", Limit::MOST));
        }
        if !GRADES.contains(&standard.grade.as_str()) {
            wrong.push(FieldProblem::new(format!("grade.{n}"), "missing"));
        }
    }
    wrong
}

fn words(wrong: &mut Vec<FieldProblem>, field: &str, said: &str, max: usize) {
    match text::clean(said, max) {
        Ok(_) => {}
        Err(text::TextProblem::Missing) => wrong.push(FieldProblem::new(field, "missing")),
        Err(text::TextProblem::TooLong { max }) => {
            wrong.push(FieldProblem::new(field, "too_long").with("max", max));
        }
    }
}

fn questions(wrong: &mut Vec<FieldProblem>, all: &[Question]) {
    if all.len() > MOST_QUESTIONS {
        let field = format!("q_zh.{MOST_QUESTIONS}");
        wrong.push(FieldProblem::new(field, "too_many_questions").with("max", MOST_QUESTIONS));
    }
    for (n, question) in all.iter().enumerate() {
        words(wrong, &format!("q_zh.{n}"), &question.title.zh, PLAIN_MAX);
        words(wrong, &format!("q_en.{n}"), &question.title.en, PLAIN_MAX * 4);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let code = &question.code;
        let twice = all.iter().filter(|other| other.code == *code).count() > 1;
        if code.is_empty() || code.len() > 24 || !code.chars().all(plain) || twice {
            wrong.push(FieldProblem::new(format!("q_code.{n}"), "question_code").with("max", 24));
        }
        if !ANSWERS.contains(&question.kind.as_str()) {
            wrong.push(FieldProblem::new(format!("q_kind.{n}"), "missing"));
        }
        let chosen = ["choice", "multi"].contains(&question.kind.as_str());
        let values: BTreeSet<&str> = question.options.iter().map(|o| o.value.as_str()).collect();
        let apart = values.len() == question.options.len() && !values.contains("");
        if chosen != (question.options.len() > 1) || !apart {
            wrong.push(FieldProblem::new(format!("q_options.{n}"), "question_options"));
        }
        if let Some(stop) = &question.stop
            && (stop.message.zh.trim().is_empty() || !values.contains(stop.value.as_str()))
        {
            wrong.push(FieldProblem::new(format!("q_stop.{n}"), "question_stop"));
        }
    }
}

#[cfg(test)]
mod tests {
    use linli_rules::calendar::LimitKind;

    use super::*;

    fn pair(text: &str) -> Pair {
        Pair { zh: text.to_owned(), en: text.to_owned() }
    }

    fn fields() -> ClassFields {
        ClassFields {
            group: pair("市容"),
            title: pair("乱停车"),
            plain: pair("车停在不该停的地方"),
            publicity: "public".to_owned(),
            anonymous: true,
            keywords: vec!["停车".to_owned()],
            questions: Vec::new(),
            body_kind: None,
        }
    }

    fn standard(n: u32) -> NewStandard {
        NewStandard {
            replaces: None,
            ends: false,
            condition: "车停在人行道上".to_owned(),
            closing: vec!["车已开走".to_owned()],
            limit: Limit { kind: LimitKind::WorkHour, n },
            grade: "normal".to_owned(),
        }
    }

    #[test]
    fn each_problem_names_its_field() {
        let check = |fields: &ClassFields, standards: &[NewStandard]| -> Vec<String> {
            let kinds = ["police".to_owned()];
            let wrong = check(fields, standards, &kinds);
            wrong.into_iter().map(|p| format!("{} {}", p.field, p.code)).collect()
        };
        assert!(check(&fields(), &[standard(4)]).is_empty());
        assert_eq!(check(&fields(), &[standard(4), standard(0)]), ["limit_n.1 limit_number"]);
        assert_eq!(check(&fields(), &[]), ["condition.0 no_standard_left"]);
        let ended = NewStandard { ends: true, condition: String::new(), ..standard(0) };
        assert!(check(&fields(), &[ended, standard(1)]).is_empty());
        let wrong = ClassFields {
            title: Pair::default(),
            publicity: "secret".to_owned(),
            body_kind: Some("king".to_owned()),
            ..fields()
        };
        let told = check(&wrong, &[standard(1)]);
        let wanted = ["title_zh missing", "publicity missing"];
        assert_eq!(told[..2], wanted);
        assert_eq!(told[2..], ["body_kind missing"]);
        let question = Question {
            code: "how many".to_owned(),
            kind: "choice".to_owned(),
            required: true,
            title: pair("几辆车？"),
            options: Vec::new(),
            stop: None,
        };
        let asked = ClassFields { questions: vec![question], ..fields() };
        let wanted = ["q_code.0 question_code", "q_options.0 question_options"];
        assert_eq!(check(&asked, &[standard(1)]), wanted);
        assert_eq!(check_new("C1", "event"), []);
        assert_eq!(check_new("编号", "thing").len(), 2);
    }

    #[test]
    fn a_question_can_be_answered_and_what_stops_it_says_why() {
        let option = |value: &str| super::super::AnswerOption {
            value: value.to_owned(),
            zh: "甲".to_owned(),
            en: "a".to_owned(),
        };
        let stop = |value: &str, words: &str| super::super::Stop {
            value: value.to_owned(),
            message: pair(words),
        };
        let asked = |values: [&str; 2], stop: Option<super::super::Stop>| -> Vec<&'static str> {
            let question = Question {
                code: "hurt".to_owned(),
                kind: "choice".to_owned(),
                required: true,
                title: pair("有人受伤吗？"),
                options: values.map(option).to_vec(),
                stop,
            };
            let mut wrong = Vec::new();
            questions(&mut wrong, &[question]);
            wrong.into_iter().map(|problem| problem.code).collect()
        };
        assert_eq!(asked(["yes", "no"], Some(stop("yes", "请打120"))), Vec::<&str>::new());
        assert_eq!(asked(["", "no"], None), ["question_options"], "a value that is none");
        assert_eq!(asked(["a", "a"], None), ["question_options"], "one value twice");
        assert_eq!(asked(["yes", "no"], Some(stop("", "请打120"))), ["question_stop"]);
        assert_eq!(asked(["yes", "no"], Some(stop("yes", ""))), ["question_stop"]);
    }
}
