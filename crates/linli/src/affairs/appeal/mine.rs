//! 我的诉求: what a resident has reported, and what they follow or are a party to; newest first.

use askama::Template;
use axum::Router;
use axum::routing::get;

use super::view::{self, Sla, time};
use super::{find, kit, view::standing::Looker};
use crate::act::{Done, Failure, Refusal};
use crate::base::{Id, Instant};
use crate::district::Districts;
use crate::matter::{CASES, Matter, clock, store as matters};
use crate::notice;
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::people::{self, remit};
use crate::store::{Param, ReadTx, Value};

/// Cards on one page.
const MOST: usize = 20;
/// Cases out of sight that are named on one page; the others come when these are let go.
const MOST_HIDDEN: usize = 50;

pub fn routes() -> Router<Districts> {
    Router::new().route("/mine", get(mine))
}

/// A case as a card.
struct Card {
    number: String,
    title: String,
    stage: String,
    plain: String,
    tone: &'static str,
    opened: String,
    sla: Option<Sla>,
    body: Option<String>,
    unread: i64,
    /// It waits for the reporter's rating.
    to_rate: bool,
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/mine.html")]
struct MinePage {
    f: Frame,
    /// Cases others have reported, which the visitor follows or is a party to.
    followed: bool,
    /// What is looked for among them.
    q: String,
    cards: Vec<Card>,
    next: Option<String>,
    /// Numbers of cases that the visitor follows and may see no more.
    hidden: Vec<String>,
}

impl MinePage {
    fn so_many_hidden(&self) -> String {
        self.f.with("public.mine.hidden", &self.hidden.len())
    }

    /// The other list, looked through for the same.
    fn list(&self, followed: bool) -> String {
        address(followed, &self.q, "")
    }
}

fn address(followed: bool, q: &str, after: &str) -> String {
    let show = if followed { "followed" } else { "" };
    let pairs = [("show", show), ("q", q), ("after", after)];
    let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let query = serde_urlencoded::to_string(given).unwrap_or_default();
    if query.is_empty() { "/mine".to_owned() } else { format!("/mine?{query}") }
}

async fn mine(visitor: Visitor) -> Page {
    let me = visitor.person()?;
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query);
    let asked = Form::parse(query.as_bytes()).unwrap_or_default();
    let followed = asked.get("show") == "followed";
    let q: String = asked.get("q").chars().take(find::MOST).collect();
    let after = Cursor::parse(asked.get("after"));
    let looker = Looker::from(&visitor);
    let wanted = (followed, q.clone());
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let whole = followed && after.is_none() && wanted.1.is_empty();
        let hidden = if whole { hidden(tx, &looker, &me)? } else { Vec::new() };
        Ok((cards(tx, &looker, &me, &wanted, after.as_ref())?, hidden))
    };
    let ((cards, next), hidden) = visitor.read(look).await?;
    render(&MinePage {
        f: visitor.frame(visitor.lang.say("page.nav.mine")),
        followed,
        cards,
        hidden,
        next: next.map(|cursor| address(followed, &q, &cursor.text())),
        q,
    })
}

/// A place in a list that goes from the newest to the oldest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub at: Instant,
    pub id: Id,
}

impl Cursor {
    pub fn of(matter: &Matter) -> Cursor {
        Cursor { at: matter.opened_at, id: matter.id.clone() }
    }

    pub fn parse(text: &str) -> Option<Cursor> {
        let (at, id) = text.split_once('.')?;
        Some(Cursor { at: Instant(at.parse().ok()?), id: Id::parse(id)? })
    }

    pub fn text(&self) -> String {
        format!("{}.{}", self.at.0, self.id)
    }

    /// The condition for rows behind the cursor; its values are pushed to `values`.
    pub fn sql(&self, values: &mut Vec<Value>) -> String {
        values.extend([Value::from(self.at), Value::from(&self.id)]);
        let n = values.len();
        let at = n - 1;
        format!("(t.opened_at < ${at} or (t.opened_at = ${at} and t.id < ${n}))")
    }
}

/// Numbers of the cases somebody follows that they may see no more, those told first that have been
/// there longest.
fn hidden(tx: &ReadTx<'_>, looker: &Looker, me: &Id) -> Done<Vec<String>> {
    let mut values = vec![Value::from(me)];
    let follows = people::store::followed(1);
    let seen = looker.duties.filter(&looker.actor, CASES.see, &CASES, &mut values);
    // What an import has not shown yet, or has taken back, is there for nobody.
    let there = CASES.revealed("t").unwrap_or_else(|| "1 = 1".to_owned());
    let sql = format!(
        "select t.number from matter t where {follows} and {there} and t.id not in
             (select t.id from matter t where {follows} and {seen})
         order by t.opened_at, t.number limit {MOST_HIDDEN}"
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    Ok(tx.rows(&sql, &params, |row| row.get(0))?)
}

fn cards(
    tx: &ReadTx<'_>,
    looker: &Looker,
    me: &Id,
    (followed, q): &(bool, String),
    after: Option<&Cursor>,
) -> Done<(Vec<Card>, Option<Cursor>)> {
    let mut values = vec![Value::from(me)];
    let seen = looker.duties.filter(&looker.actor, CASES.see, &CASES, &mut values);
    let whose = if *followed {
        format!(
            "(t.owner_id is null or t.owner_id <> $1) and ({} or exists (select 1 from party
             where party.subject_id = t.id and party.party_id = $1))",
            people::store::followed(1)
        )
    } else {
        "t.owner_id = $1".to_owned()
    };
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    // A case that one follows shows no more of itself than to everyone.
    let holds = match (q.as_str(), followed) {
        ("", _) => "1 = 1".to_owned(),
        (q, true) => find::by_all(q, &mut bind),
        (q, false) => find::by_insider(q, &mut bind),
    };
    let behind = after.map_or_else(|| "1 = 1".to_owned(), |cursor| cursor.sql(&mut values));
    let sql = format!(
        "select {} from matter t join case_file f on f.id = t.id
         where t.kind = 'case' and {whose} and {seen} and ({holds}) and {behind}
         order by t.opened_at desc, t.id desc limit {}",
        matters::COLUMNS,
        MOST + 1
    );
    let params: Vec<Param<'_>> = values.iter().map(Param::from).collect();
    let mut found = tx.rows(&sql, &params, matters::matter_from)?;
    let more = found.len() > MOST;
    found.truncate(MOST);
    let next = found.last().filter(|_| more).map(Cursor::of);
    let unread = notice::unread_by_matter(tx, me)?;
    let card = |matter: Matter| -> Done<Card> {
        let unread = unread.get(&matter.id).copied().unwrap_or(0);
        card(tx, looker, matter, unread)
    };
    Ok((found.into_iter().map(card).collect::<Done<_>>()?, next))
}

fn card(tx: &ReadTx<'_>, looker: &Looker, matter: Matter, unread: i64) -> Done<Card> {
    let kit = kit(&looker.district).ok_or_else(|| Failure::from(Refusal::new("no_procedure")))?;
    let (lang, now) = (looker.lang, looker.district.now());
    let offset = looker.district.config.offset_minutes;
    let stage = kit.process.stage(&matter.stage);
    let standing = looker.stands(&matter.reach());
    let shows = view::Disclosure::of(Some(kit.process.as_ref()), &matter.stage, standing);
    let sla = time::sla(lang, &matter, now).filter(|_| shows.tells("due"));
    let guessed = clock::guessed(tx, &matter.id, matter.due_at)?;
    Ok(Card {
        stage: view::stage_title(lang, &matter, stage),
        plain: view::stage_told(lang, &matter, stage, standing.mine),
        tone: view::tone(&matter.phase),
        opened: time::short(lang, matter.opened_at, now, offset),
        sla: time::marked(lang, sla, guessed.as_deref()),
        body: match matter.body.as_ref().filter(|_| shows.tells("responsible_body")) {
            Some(body) => remit::name_of(tx, body)?,
            None => None,
        },
        to_rate: view::disclose::waits_for(&matter, standing),
        title: matter.title,
        number: matter.number,
        unread,
    })
}
