//! Changing the list: choose a post, ask, see who gains and who loses, and change it, or propose it
//! where another administrator must agree.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::RawQuery;
use axum::response::IntoResponse as _;

use super::{proposals, walls};
use crate::act::{Done, DutyList, Failure, FieldProblem, PUBLIC, RESIDENT, Refusal, duty};
use crate::base::Instant;
use crate::disclosure::NewDuty;
use crate::disclosure::acts::change::{ChangeDuties, Known, own_kinds};
use crate::disclosure::rules::{self, Change, Grounds, Shift, scopes};
use crate::disclosure::store::{self, DutyRow};
use crate::disclosure::view::{self, Choice, Words};
use crate::page::{Form, Frame, Page, Problems, Visitor, render, render_form, see_other};
use crate::people::census::{self, Held};
use crate::people::store::{self as people, PostKind};

/// Empty rows that the form offers.
const EMPTY_ROWS: usize = 3;

/// A row in force as the form shows it.
struct FormRow {
    id: String,
    title: String,
    scopes: Vec<Choice>,
    ends: bool,
    ground: String,
}

/// A row that may be added.
struct EmptyRow {
    n: usize,
    /// As people count.
    nth: usize,
    /// Each with the names of the scopes it can have.
    acts: Vec<(Choice, String)>,
    scopes: Vec<Choice>,
    ground: String,
}

#[derive(Template)]
#[template(path = "disclosure/pages/edit.html")]
struct EditPage {
    f: Frame,
    problems: Problems,
    posts: Vec<Choice>,
    post: String,
    post_title: String,
    /// What is added for this kind takes a second administrator.
    own: bool,
    /// What waits for one already: address and words of each.
    waiting: Vec<(String, String)>,
    seen: i64,
    rows: Vec<FormRow>,
    empty: Vec<EmptyRow>,
}

/// Who is touched by a shift, in words.
pub(super) struct ShiftLine {
    pub mark: String,
    pub tone: &'static str,
    pub post: String,
    pub act: String,
    /// Each scope with its legal ground.
    pub before: Vec<(String, String)>,
    pub after: Vec<(String, String)>,
    pub posts: String,
    pub persons: String,
}

/// What a change does, as its maker and whoever confirms it are told.
pub(super) struct Told {
    pub shifts: Vec<ShiftLine>,
    /// The walls that end and begin, each with its mark and its ground.
    pub named: Vec<(String, String, String)>,
    pub walls: Vec<walls::WallShift>,
}

#[derive(Template)]
#[template(path = "disclosure/pages/preview.html")]
struct PreviewPage {
    f: Frame,
    /// Where the change was put together.
    back: String,
    seen: i64,
    act_id: String,
    change: String,
    told: Told,
    /// Another administrator must agree, and is told why.
    second: bool,
    /// A right is cut: why is published with the change.
    cuts: bool,
    /// There is no such administrator yet.
    nobody: bool,
    reason: String,
    problems: Problems,
}

/// All that the pages need, read in one snapshot.
pub(super) struct Desk {
    pub list: std::sync::Arc<DutyList>,
    rows: Vec<DutyRow>,
    pub kinds: Vec<PostKind>,
    pub known: Known,
    pub held: BTreeMap<String, Held>,
}

impl Desk {
    /// Whether nobody holds a post that could confirm what a holder of this kind proposes.
    pub fn nobody_decides(&self, by: &str) -> bool {
        let deciders = rules::proposals::deciders(&self.list, &self.known.names(), by);
        !deciders.iter().any(|kind| self.held.get(kind).is_some_and(|held| held.persons > 0))
    }
}

pub(super) async fn desk(visitor: &Visitor) -> Done<Desk> {
    visitor.duty(rules::KEEP)?;
    desk_at(visitor, None).await
}

/// With the list as it stands, or as it stood at some time.
pub(super) async fn desk_at(visitor: &Visitor, at: Option<Instant>) -> Done<Desk> {
    let (door, processes) = (visitor.district.door.clone(), visitor.district.processes.clone());
    let look = move |tx: &crate::store::ReadTx<'_>| {
        Ok(Desk {
            list: match at {
                None => door.duty_list(tx)?,
                Some(at) => std::sync::Arc::new(duty::stood_at(tx, at)?),
            },
            rows: store::rows(tx)?,
            kinds: people::all_kinds(tx)?,
            known: Known::read(tx, &processes)?,
            held: census::by_kind(tx)?,
        })
    };
    visitor.read(look).await
}

pub async fn edit(visitor: Visitor, RawQuery(raw): RawQuery) -> Page {
    let desk = desk(&visitor).await?;
    let form = Form::parse(raw.unwrap_or_default().as_bytes()).unwrap_or_default();
    edit_page(&visitor, &desk, &form, Problems::default()).await
}

async fn edit_page(visitor: &Visitor, desk: &Desk, form: &Form, problems: Problems) -> Page {
    let (lang, post) = (visitor.lang, form.get("post").to_owned());
    let title = |kind: &PostKind| lang.pick(&kind.title_zh, &kind.title_en).to_owned();
    let posts = desk.kinds.iter().map(|kind| Choice {
        value: kind.id.clone(),
        title: title(kind),
        chosen: kind.id == post,
    });
    let found = desk.kinds.iter().find(|kind| kind.id == post);
    let rows = desk.rows.iter().filter(|row| row.post_kind == post);
    let empty = (0..EMPTY_ROWS).map(|n| EmptyRow {
        n,
        nth: n + 1,
        acts: acts(desk, form.get(&format!("new_act.{n}")), &visitor.into()),
        scopes: match form.get(&format!("new_act.{n}")) {
            "" => view::scope_choices("", lang),
            act => view::scopes_of(act, form.get(&format!("new_scope.{n}")), lang),
        },
        ground: form.get(&format!("new_ground.{n}")).to_owned(),
    });
    render(&EditPage {
        f: visitor.frame(lang.say("duty.edit.title")).wide(),
        problems,
        posts: posts.collect(),
        post_title: found.map(title).unwrap_or_default(),
        own: [&visitor.actor.kind, PUBLIC, RESIDENT].contains(&post.as_str()),
        waiting: proposals::waiting(visitor).await?,
        post: found.map(|kind| kind.id.clone()).unwrap_or_default(),
        seen: desk.list.version,
        rows: rows.map(|row| form_row(row, form, &visitor.into())).collect(),
        empty: empty.collect(),
    })
}

fn acts(desk: &Desk, chosen: &str, words: &Words<'_>) -> Vec<(Choice, String)> {
    let all = view::act_choices(desk.known.acts.iter().cloned(), chosen, words);
    let fits = |act: &Choice| {
        let names: Vec<&str> = scopes::of(&act.value).iter().map(|scope| scope.name()).collect();
        names.join(" ")
    };
    all.into_iter().map(|act| (act.clone(), fits(&act))).collect()
}

/// A row as it stands, or as the form that came back has it.
fn form_row(row: &DutyRow, form: &Form, words: &Words<'_>) -> FormRow {
    let or = |name: &str, stands: &str| {
        form.all(name).first().map_or_else(|| stands.to_owned(), Clone::clone)
    };
    let scope = or(&format!("scope.{}", row.id), &row.scope);
    FormRow {
        id: row.id.to_string(),
        title: words.act(&row.act),
        ends: scope.is_empty(),
        scopes: view::scopes_of(&row.act, &scope, words.lang),
        ground: or(&format!("ground.{}", row.id), &row.ground),
    }
}

/// What the form proposes: a row whose scope or ground is another ends, and a new one begins.
/// Each added row goes with the fields it came from.
fn proposed(rows: &[DutyRow], form: &Form) -> (Change, Vec<[String; 3]>) {
    let post = form.get("post");
    let (mut change, mut fields) = (Change::default(), Vec::new());
    for row in rows.iter().filter(|row| row.post_kind == post) {
        let names = ["scope", "scope", "ground"].map(|name| format!("{name}.{}", row.id));
        let [_, at_scope, at_ground] = &names;
        if form.all(at_scope).is_empty() {
            continue;
        }
        let (scope, ground) = (form.get(at_scope), form.get(at_ground));
        if scope == row.scope && ground == row.ground {
            continue;
        }
        change.ended.push(row.id.clone());
        if !scope.is_empty() {
            change.added.push(new_duty(post, &row.act, scope, ground));
            fields.push(names);
        }
    }
    for n in 0..EMPTY_ROWS {
        let names = ["new_act", "new_scope", "new_ground"].map(|name| format!("{name}.{n}"));
        let [act, scope, ground] = [0, 1, 2].map(|at| form.get(&names[at]));
        if act.is_empty() && ground.is_empty() {
            continue;
        }
        change.added.push(new_duty(post, act, scope, ground));
        fields.push(names);
    }
    (change, fields)
}

fn new_duty(post: &str, act: &str, scope: &str, ground: &str) -> NewDuty {
    NewDuty {
        post_kind: post.to_owned(),
        act: act.to_owned(),
        scope: scope.to_owned(),
        ground: ground.to_owned(),
    }
}

/// Problems of added rows, told by the fields of the form.
fn by_fields(problems: Vec<FieldProblem>, fields: &[[String; 3]]) -> Problems {
    let mut out = Problems::default();
    for mut problem in problems {
        let place = problem.field.split_once('.').map(|(what, n)| (what.to_owned(), n.parse()));
        if let Some((what, Ok(n))) = place
            && let Some(names) = fields.get::<usize>(n)
        {
            let at = ["act", "scope", "ground"].iter().position(|name| *name == what);
            problem.field = names[at.unwrap_or_default()].clone();
        }
        out.add(problem);
    }
    out
}

/// All by which the visitor has powers.
pub(super) async fn own(v: &Visitor) -> Done<BTreeSet<String>> {
    let (actor, now) = (v.actor.clone(), v.district.now());
    v.read(move |tx| Ok(own_kinds(tx, &actor, now)?)).await
}

/// Whether the change can be made, and whether the visitor needs another administrator for it, with
/// all they have powers by.
pub(super) async fn judged(v: &Visitor, desk: &Desk, change: &Change) -> Done<Done<bool>> {
    let own = own(v).await?;
    let names = desk.known.names();
    Ok(rules::check(&desk.list, change, &names).and_then(|()| {
        let second = rules::widens(&desk.list, change, &names, &own);
        if second && !v.may(rules::PROPOSE) {
            return Err(rules::not_alone(&desk.list, &v.actor).into());
        }
        Ok(second)
    }))
}

pub async fn preview(visitor: Visitor, form: Form) -> Page {
    let desk = desk(&visitor).await?;
    if form.get("seen") != desk.list.version.to_string() {
        return Err(Refusal::new("changed_meanwhile").into());
    }
    let (change, fields) = proposed(&desk.rows, &form);
    match judged(&visitor, &desk, &change).await? {
        Ok(second) => preview_page(&visitor, &desk, &change, second),
        Err(Failure::Invalid(problems)) => {
            let page = edit_page(&visitor, &desk, &form, by_fields(problems, &fields)).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(failure) => Err(failure),
    }
}

pub(super) fn preview_page(v: &Visitor, desk: &Desk, change: &Change, second: bool) -> Page {
    let form = Form::default();
    preview_again(v, desk, change, second, &form, Problems::default())
}

/// As [`preview_page`], with what is wrong with the form that came back.
pub(super) fn preview_again(
    visitor: &Visitor,
    desk: &Desk,
    change: &Change,
    second: bool,
    form: &Form,
    problems: Problems,
) -> Page {
    let change = &change.cleaned();
    let page = PreviewPage {
        f: visitor.frame(visitor.lang.say("duty.preview.title")),
        back: back_to(change, desk),
        seen: desk.list.version,
        act_id: form.act_id(visitor.district.new_id()).to_string(),
        change: serde_json::to_string(change).map_err(crate::base::Fault::from)?,
        told: told(visitor, desk, change),
        cuts: rules::cuts(&desk.list, change),
        second,
        nobody: second && desk.nobody_decides(&visitor.actor.kind),
        reason: form.get("reason").to_owned(),
        problems,
    };
    render_form(&page, &page.problems)
}

/// Where a change was put together: at the walls, or at one kind of post.
fn back_to(change: &Change, desk: &Desk) -> String {
    if change.touches_walls() {
        return "/duties/walls".to_owned();
    }
    let ended = desk.list.duties.iter().filter(|duty| change.ended.contains(&duty.id));
    let added = change.added.iter().map(|row| &row.post_kind);
    let post = added.chain(ended.map(|duty| &duty.post_kind)).next();
    let post = serde_urlencoded::to_string([("post", post)]).unwrap_or_default();
    format!("/duties/edit?{post}")
}

pub(super) fn told(visitor: &Visitor, desk: &Desk, change: &Change) -> Told {
    let shifts = rules::shifts(&desk.list.duties, change);
    let line = |shift: &Shift| shift_line(shift, desk, &visitor.into());
    Told {
        shifts: shifts.iter().map(line).collect(),
        named: walls::named(desk, change, &visitor.into()),
        walls: walls::shifts(desk, change, &visitor.into()),
    }
}

fn shift_line(shift: &Shift, desk: &Desk, words: &Words<'_>) -> ShiftLine {
    let lang = words.lang;
    let scopes = |all: &Grounds| {
        let each = all.iter();
        each.map(|(scope, ground)| (view::scope_title(lang, scope.name()), ground.clone()))
            .collect()
    };
    let (mark, tone) = match (shift.widens(), shift.narrows()) {
        (true, false) => ("duty.preview.gains", "chip--yellow"),
        (false, true) => ("duty.preview.loses", "chip--blue"),
        _ if shift.only_grounds() => ("duty.preview.only_ground", ""),
        _ => ("duty.preview.changes", "chip--teal"),
    };
    let kind = desk.kinds.iter().find(|kind| kind.id == shift.post_kind);
    let held = desk.held.get(&shift.post_kind).copied().unwrap_or_default();
    let everyone = shift.post_kind == PUBLIC;
    let persons = held.persons.to_string();
    ShiftLine {
        mark: lang.say(mark),
        tone,
        post: kind.map_or_else(String::new, |k| lang.pick(&k.title_zh, &k.title_en).to_owned()),
        act: words.act(&shift.act),
        before: scopes(&shift.before),
        after: scopes(&shift.after),
        posts: held.posts.to_string(),
        persons: if everyone { lang.say("duty.preview.everyone") } else { persons },
    }
}

/// The change that a preview hands on, and the version of the list it was looked at with.
pub(super) fn handed_on(form: &Form) -> Done<(i64, Change)> {
    let unread = || Failure::from(FieldProblem::new("change", "nothing_changed"));
    let change: Change = serde_json::from_str(form.get("change")).map_err(|_| unread())?;
    let seen: i64 = form.get("seen").parse().map_err(|_| unread())?;
    Ok((seen, change))
}

pub async fn confirm(visitor: Visitor, form: Form) -> Page {
    visitor.person()?;
    let (seen, change) = handed_on(&form)?;
    let id = form.act_id(visitor.district.new_id());
    let post: String = change.added.first().map(|row| row.post_kind.clone()).unwrap_or_default();
    let walls = change.touches_walls();
    let processes = visitor.district.processes.clone();
    let (fewer, more) = (change.ended.len(), change.added.len());
    let change = Change { why: form.get("reason").to_owned(), ..change };
    let act = ChangeDuties { seen, change: change.clone(), processes };
    let done = match visitor.perform(id, act).await {
        Err(Failure::Invalid(problems)) if problems.iter().all(|p| p.field == "reason") => {
            let desk = desk_at(&visitor, None).await?;
            return preview_again(&visitor, &desk, &change, false, &form, problems.into());
        }
        done => done?,
    };
    let told = if walls {
        "done=duty.walls".to_owned()
    } else {
        format!("done=duty.change&ended={fewer}&added={more}&version={}", done.outcome)
    };
    let known = serde_urlencoded::to_string([("post", &post)]).unwrap_or_default();
    let at = if walls { "walls".to_owned() } else { format!("v{}", done.outcome) };
    Ok(see_other(&format!("/duties?{known}&{told}#{at}")))
}
