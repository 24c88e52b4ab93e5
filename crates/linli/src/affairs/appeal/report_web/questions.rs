//! What the class asks. An answer may end the form: then it says whom to call at once.

use askama::Template;
use axum::http::HeaderMap;

use super::super::answers::{self, choices, stop};
use super::class::unprocessable;
use super::{Pad, asked, call, gone, open};
use crate::catalogue::{Class, Question};
use crate::page::{Form, Frame, Page, Problems, Visitor, render, see_other};

#[derive(Template)]
#[template(path = "affairs/appeal/pages/report_questions.html")]
struct QuestionsPage {
    f: Frame,
    pad: Pad,
    back: String,
    class: Class,
    problems: Problems,
    form: Form,
}

impl QuestionsPage {
    fn field(&self, question: &Question) -> String {
        answers::field("web", &question.code)
    }

    fn value(&self, question: &Question) -> String {
        let typed = self.form.get(&self.field(question));
        if typed.is_empty() {
            return self.pad.draft.answers.get(&question.code).cloned().unwrap_or_default();
        }
        typed.to_owned()
    }

    fn holds(&self, question: &Question, value: &str) -> bool {
        let typed = self.form.all(&self.field(question));
        typed.iter().any(|v| v == value)
            || typed.is_empty() && choices(&self.value(question)).any(|v| v == value)
    }
}

pub async fn show(visitor: Visitor, headers: HeaderMap) -> Page {
    let Some(pad) = open(&visitor, &headers, &asked(&visitor)).await? else { return Ok(gone()) };
    let Some(class) = pad.class(&visitor).await?.filter(|class| !class.questions.is_empty()) else {
        return Ok(see_other(&pad.link("/check")));
    };
    render(&page(&visitor, pad, class, Problems::default(), Form::default()))
}

fn page(
    visitor: &Visitor,
    pad: Pad,
    class: Class,
    problems: Problems,
    form: Form,
) -> QuestionsPage {
    QuestionsPage {
        f: visitor.frame(visitor.lang.say("report.questions.title")),
        back: pad.link("/class"),
        pad,
        class,
        problems,
        form,
    }
}

pub async fn save(visitor: Visitor, headers: HeaderMap, form: Form) -> Page {
    let Some(mut pad) = open(&visitor, &headers, &form).await? else { return Ok(gone()) };
    let Some(class) = pad.class(&visitor).await? else { return Ok(see_other(&pad.link("/class"))) };
    let mut problems = Problems::default();
    pad.draft.take_answers(&class, &form, visitor.lang, &mut problems);
    if let Some(message) = stop(&class, &pad.draft.answers, visitor.lang) {
        return call::page(&visitor, pad.link("/questions"), &message, None);
    }
    if problems.is_empty() {
        return pad.onward(&visitor).await;
    }
    Ok(unprocessable(render(&page(&visitor, pad, class, problems, form))?))
}
