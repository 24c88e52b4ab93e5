//! What programs are given: the shapes of the interface, as its description tells them.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::base::Fault;

/// Something with its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Named {
    pub code: String,
    pub title: String,
}

/// A case (诉求). Numbers in its words are masked for all but its reporter; for those who see it only
/// because it is public, so is the spot.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Case {
    /// `2026-001042`.
    pub number: String,
    /// Counts up with every change; the `ETag` begins with it.
    pub version: i64,
    pub title: String,
    pub words: String,
    /// `open` or `closed`.
    pub status: String,
    pub stage: Named,
    pub class: Option<Named>,
    pub place: Option<Named>,
    pub address: Option<String>,
    /// WGS-84, six decimals.
    #[schema(value_type = Option<f64>)]
    pub lat: Option<Number>,
    #[schema(value_type = Option<f64>)]
    pub long: Option<Number>,
    /// The body that answers for it.
    pub body: Option<String>,
    pub source: String,
    pub opened_at: String,
    pub updated_at: String,
    /// When the step it is at is due.
    pub due_at: Option<String>,
    /// By when the whole of it is done, if each step from here on takes all its time; null once a
    /// step is late.
    pub expected_at: Option<String>,
    /// Years whose holidays are not known yet and that `due_at` or `expected_at` goes through:
    /// while any stands here, they are guesses from Monday to Friday and may change.
    pub due_guessed_for: Vec<String>,
    pub closed_at: Option<String>,
    pub answer: Option<String>,
    pub reopened: i64,
    /// The caller reported it.
    pub mine: bool,
    /// Numbers in the words are masked. A page of ours opens them, for a reason that is kept.
    pub masked: bool,
}

/// A case with what has happened and what the caller may do now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseInFull {
    #[serde(flatten)]
    pub case: Case,
    pub timeline: Vec<Step>,
    /// Oldest first; those that the caller is shown.
    pub photos: Vec<Picture>,
    pub moves: Vec<MoveOffer>,
}

/// A photo of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Picture {
    /// To be asked for with the same key.
    pub url: String,
    /// No larger than 320 by 320.
    pub small: String,
    /// The field it was put in: `photos`, `before`, `after`.
    pub field: String,
    pub title: String,
    pub at: String,
    /// The act it came with: the `id` of a step.
    pub act: Option<String>,
}

/// A photo that was sent ahead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Taken {
    /// What a report or a move names it by.
    pub id: String,
    /// To be asked for with the same key.
    pub url: String,
    /// Bytes of what is kept.
    pub size: i64,
    pub width: i64,
    pub height: i64,
}

/// A photo in a form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewPhoto {
    #[schema(format = Binary, value_type = String)]
    pub photo: Vec<u8>,
}

/// A step of the timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Step {
    pub id: String,
    pub at: String,
    pub act: String,
    pub title: String,
    pub stage: String,
    /// The post that made it, or the reporter; never a name.
    pub by: String,
    /// What was said to whoever sees the step; to the reporter, what they said themself too.
    pub said: Option<String>,
    /// What was said to the office alone: given to those who look because of their post.
    pub noted: Option<String>,
    /// All that was put down, field by field, as far as the caller's page of the case shows it.
    pub fields: Vec<StepField>,
}

/// What was put down in a field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepField {
    /// As the move names it.
    pub name: String,
    pub title: String,
    /// As people read it: the name of a body, the words of a choice.
    pub value: String,
    /// For the office alone.
    pub inside: bool,
}

/// A move that the duty list gives the caller at this stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MoveOffer {
    pub act: String,
    pub title: String,
    pub fields: Vec<FieldOffer>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldOffer {
    pub name: String,
    pub kind: String,
    pub title: String,
    pub required: bool,
    pub max: Option<u32>,
    /// Value and title of each choice.
    pub options: BTreeMap<String, String>,
    /// Of a check-list: what must be ticked, every line.
    pub lines: Vec<String>,
}

/// What is written into a field: a text, or a list where several may be said or ticked. The same
/// may be one text with each on a line of its own.
#[expect(dead_code, reason = "it describes what `body` reads")]
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Given {
    One(String),
    Several(Vec<String>),
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseList {
    pub items: Vec<Case>,
    /// Gives the next page as `cursor`; none on the last.
    pub next: Option<String>,
}

/// What a report asks for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    #[schema(min_length = 1, max_length = 4000)]
    pub words: String,
    /// The code of a class; proposed from the words where it is left out.
    pub class: Option<String>,
    /// The code of a place.
    pub place: Option<String>,
    pub address: Option<String>,
    pub lat: Option<f64>,
    pub long: Option<f64>,
    /// Answers to the questions of the class: code → value.
    pub answers: Option<BTreeMap<String, Given>>,
    /// Ids of photos that the caller sent ahead.
    #[schema(max_items = 9)]
    pub photos: Option<Vec<String>>,
    /// News by text message to the number the caller signs in with. Only who reports for
    /// themself may ask for it.
    pub texts: Option<bool>,
}

/// What a move asks for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMove {
    /// Such as `accept`, without the subject.
    pub act: String,
    /// What is put down with it, by name; only a check-list and photos take a list, these of the
    /// ids of photos that the caller sent ahead.
    pub fields: Option<BTreeMap<String, Given>>,
    /// The version that was looked at, where no `If-Match` says so.
    pub seen: Option<i64>,
}

/// Whether the caller follows a case, and is told by text message as well.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Following {
    pub following: bool,
    pub texts: bool,
}

/// How the caller wants to be told.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFollowing {
    /// News by text message to the number the caller signs in with.
    pub texts: Option<bool>,
}

/// What is to be opened, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLook {
    /// `words`: the numbers in what was written; `contact`: how the reporter is reached.
    #[schema(pattern = "^(words|contact)$")]
    pub what: String,
    /// Kept, and shown to the reporter; up to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// What was opened, for this answer only.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Opened {
    pub number: String,
    pub what: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// What was reported, answered and put down since, oldest first.
    pub texts: Vec<OpenedText>,
}

/// A text with nothing masked in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenedText {
    /// What it is, in words.
    pub of: String,
    pub text: String,
}

/// What a report or a move gives back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Done {
    pub number: String,
    pub version: i64,
    pub stage: String,
    pub due_at: Option<String>,
    /// The id of the act in the public record.
    pub act: String,
    /// The same order had been carried out before.
    pub repeated: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Class {
    pub code: String,
    pub kind: String,
    pub group: String,
    pub title: String,
    pub plain: String,
    /// `public` or `private`.
    pub publicity: String,
    pub anonymous: bool,
    pub questions: Vec<Question>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Question {
    pub code: String,
    pub kind: String,
    pub title: String,
    pub required: bool,
    pub options: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Place {
    pub code: String,
    pub name: String,
    pub level: String,
    /// The code of the place right above it.
    pub parent: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Duty {
    pub post: String,
    pub act: String,
    pub scope: String,
    pub ground: String,
}

/// An entry of a body's remit (管辖): for which kind of matter it answers, and where.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Remit {
    /// What a case that is sent back cites it by.
    pub id: String,
    pub body: String,
    pub phone: Option<String>,
    pub kind: Named,
    /// It answers there and in all places below.
    pub place: Named,
    /// Where that is written.
    pub ground: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RemitList {
    pub items: Vec<Remit>,
    /// Gives the next page as `cursor`; none on the last.
    pub next: Option<String>,
}

/// Who the caller is to us.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// `public`, `resident`, or the kind of post.
    pub kind: String,
    pub label: String,
    pub place: String,
    pub language: String,
    /// Acts that the duty list gives, somewhere.
    pub acts: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notice {
    pub id: String,
    pub kind: String,
    pub text: String,
    pub at: String,
    pub unread: bool,
}

/// Notices, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeList {
    pub items: Vec<Notice>,
    /// Gives the next page as `cursor`; none on the last.
    pub next: Option<String>,
}

/// A list that comes whole.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

/// A value as JSON.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, Fault> {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    Ok((status, [(header::CONTENT_TYPE, kind)], serde_json::to_vec(value)?).into_response())
}
