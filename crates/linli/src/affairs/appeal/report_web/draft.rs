//! What has been put down so far, and what is still missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::answers;
use super::super::report::{ADDRESS_MAX, COUNTER, Report, WORDS_MAX};
use crate::act::FieldProblem;
use crate::base::{Id, text};
use crate::catalogue::{Class, emergency};
use crate::matter::Photo;
use crate::page::{Form, Problems, Visitor};
use crate::territory::parse_e7;
use crate::words::Lang;

/// A report that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub words: String,
    /// Hashes of photos that lie on the shelf.
    #[serde(default)]
    pub photos: Vec<String>,
    /// Told whom to call first, they went on: until they write other words.
    #[serde(default)]
    pub called: bool,
    /// The code of a class; empty for "I do not know", nothing while it has not been asked.
    pub class: Option<String>,
    /// The class whose questions have been answered.
    pub answered_for: Option<String>,
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Nothing while it has not been asked.
    pub spot: Option<Spot>,
    /// The body complained of.
    pub about: Option<Id>,
    /// With one's name, or without.
    pub named: Option<bool>,
    /// For whom a clerk writes it.
    pub behalf: Option<Behalf>,
    /// Who was signed in when it was written on.
    #[serde(default)]
    pub by: Option<Id>,
    /// News by text message are wanted.
    #[serde(default)]
    pub texts: bool,
    /// The number of the case it became.
    pub sent: Option<String>,
}

/// Somebody at the counter: the case is theirs, not the clerk's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behalf {
    pub person: Id,
    /// Masked.
    pub name: String,
}

/// Where it is, as far as the reporter says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub address: Option<String>,
    /// The code of a place.
    pub place: Option<String>,
    pub lat_e7: Option<i64>,
    pub lng_e7: Option<i64>,
}

impl Draft {
    /// The next step, as it stands in the address; the check page when nothing is missing.
    pub fn missing(&self, class: Option<&Class>, visitor: &Visitor) -> &'static str {
        let has_questions = class.is_some_and(|class| !class.questions.is_empty());
        if self.sent.is_some() {
            "/check"
        } else if self.words.is_empty() {
            ""
        } else if !self.called && emergency::told(&self.words).is_some() {
            "/call"
        } else if self.class.is_none() {
            "/class"
        } else if has_questions && !self.has_answered(class) {
            "/questions"
        } else if self.spot.is_none() {
            "/place"
        } else if visitor.signed_in.is_none() && !self.may_be_unnamed(class) {
            "/who"
        } else {
            "/check"
        }
    }

    fn has_answered(&self, class: Option<&Class>) -> bool {
        self.answered_for.as_deref() == class.map(|class| class.code.as_str())
    }

    /// Answers belong to the class that asked; another one asks anew.
    pub fn forget_other_answers(&mut self, class: Option<&Class>) {
        if !self.has_answered(class) {
            (self.answers, self.answered_for) = (BTreeMap::new(), None);
        }
    }

    fn may_be_unnamed(&self, class: Option<&Class>) -> bool {
        self.named == Some(false) && class.is_none_or(|class| class.anonymous)
    }

    /// Whether the report goes out under a name: the visitor's, or that of whom they write for.
    pub fn is_named(&self, visitor: &Visitor) -> bool {
        let behalf = self.behalf(visitor).is_some();
        visitor.signed_in.is_some() && (behalf || self.named != Some(false))
    }

    /// Whether it is the visitor's: what somebody wrote on while signed in is nobody else's,
    /// however many use this browser. Without a name it belongs to the browser.
    pub fn is_theirs(&self, visitor: &Visitor) -> bool {
        let who = visitor.signed_in.as_ref().map(|signed_in| &signed_in.person);
        self.by.is_none() || self.by.as_ref() == who
    }

    /// Whether there is something to go on with.
    pub fn is_offered(&self) -> bool {
        self.sent.is_none() && !self.words.is_empty()
    }

    /// For whom it is written. Only a clerk writes for others: whoever signs in at the same
    /// browser afterwards does not.
    pub fn behalf(&self, visitor: &Visitor) -> Option<&Behalf> {
        let clerk = visitor.actor.post.is_some() && visitor.may("person.register");
        self.behalf.as_ref().filter(|_| clerk)
    }

    fn owner(&self, visitor: &Visitor) -> Option<Id> {
        let signed_in = visitor.signed_in.as_ref().filter(|_| self.is_named(visitor))?;
        let behalf = self.behalf(visitor).map(|behalf| behalf.person.clone());
        Some(behalf.unwrap_or_else(|| signed_in.person.clone()))
    }

    fn source(&self, visitor: &Visitor) -> &'static str {
        match (self.behalf(visitor), &visitor.actor.post) {
            (Some(_), _) => COUNTER,
            (None, Some(_)) => "field",
            (None, None) => "web",
        }
    }

    /// The report that this draft is.
    pub fn report(&self, visitor: &Visitor) -> Report {
        let spot = self.spot.clone().unwrap_or_default();
        let photo = |file: &String| Photo { file: file.clone(), role: "photos".to_owned() };
        Report {
            words: self.words.clone(),
            class: self.class.clone().filter(|code| !code.is_empty()),
            place: spot.place,
            address: spot.address,
            lat_e7: spot.lat_e7,
            lng_e7: spot.lng_e7,
            answers: self.answers.clone(),
            photos: self.photos.iter().map(photo).collect(),
            opened: Vec::new(),
            checked: Vec::new(),
            source: self.source(visitor).to_owned(),
            language: visitor.lang.code().to_owned(),
            owner: self.owner(visitor),
            about_body: self.about.clone(),
            external_id: None,
            texts: self.texts,
            // Who reports here is signed in, or registered at the counter.
            contact: None,
            vouched: false,
        }
    }

    /// Takes over the words of a form; what is too long is kept to be shortened by its writer.
    pub fn take_words(&mut self, form: &Form, problems: &mut Problems) {
        let before =
            std::mem::replace(&mut self.words, text::shorten(form.get("words"), 4 * WORDS_MAX));
        match text::clean(form.get("words"), WORDS_MAX) {
            Ok(words) => self.words = words,
            Err(text::TextProblem::Missing) => {
                self.words.clear();
                problems.add(FieldProblem::new("words", "words_missing"));
            }
            Err(text::TextProblem::TooLong { max }) => {
                problems.add(FieldProblem::new("words", "too_long").with("max", max));
            }
        }
        self.called &= self.words == before;
    }

    /// Takes over the place of a form: `address`, `place`, and `lat` with `lng`.
    pub fn take_spot(&mut self, form: &Form, problems: &mut Problems) {
        let mut spot = Spot {
            address: form.optional("address", ADDRESS_MAX, problems),
            place: Some(form.get("place").to_owned()).filter(|code| !code.is_empty()),
            ..Spot::default()
        };
        match (form.get("lat"), form.get("lng")) {
            ("", "") => {}
            (lat, lng) => match (parse_e7(lat, 90), parse_e7(lng, 180)) {
                (Some(lat), Some(lng)) => (spot.lat_e7, spot.lng_e7) = (Some(lat), Some(lng)),
                _ => problems.add(FieldProblem::new("place", "no_such_point")),
            },
        }
        self.spot = Some(spot);
    }

    /// Takes over the answers to the questions of a class, `a.CODE` each.
    pub fn take_answers(
        &mut self,
        class: &Class,
        form: &Form,
        lang: Lang,
        problems: &mut Problems,
    ) {
        let given = class.questions.iter().map(|question| {
            let field = answers::field("web", &question.code);
            let answer = match question.kind.as_str() {
                "multi" => answers::joined(form.all(&field)),
                _ => form.get(&field).trim().to_owned(),
            };
            (question.code.clone(), answer)
        });
        self.answers = given.filter(|(_, answer)| !answer.is_empty()).collect();
        for problem in answers::check(Some(class), &self.answers, "web", lang) {
            problems.add(problem);
        }
        self.answered_for = Some(class.code.clone());
    }
}
