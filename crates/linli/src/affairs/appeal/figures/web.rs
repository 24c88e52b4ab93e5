//! The page of figures and its workbook.

use std::collections::BTreeMap;

use askama::Template;
use linli_rules::measure::{Count, Measure, Tally, score};
use linli_rules::share::Share;

use super::super::desk::sheet::{self, Cell};
use super::super::offer;
use super::super::view::Looker;
use super::period::Period;
use super::store::{self, Chosen};
use super::tenths;
use crate::act::{Done, Failure, FieldProblem, upper_bound};
use crate::base::{Day, Fault, Id, sort};
use crate::matter::CASES;
use crate::page::{Form, Frame, Page, Visitor, render};
use crate::people::remit;
use crate::store::{ReadTx, Value};
use crate::territory::{self, Ground, Place};
use crate::words::Lang;

/// The shares that places and bodies are shown by, beside each other.
const BESIDE: [Measure; 6] = [
    Measure::Response,
    Measure::HandledInTime,
    Measure::ClosedInTime,
    Measure::Rework,
    Measure::Solved,
    Measure::Satisfied,
];

/// First contacts that nobody had to make any more, by how their cases ended.
const LEFT_OUT: [(&str, Count); 3] = [
    ("refused", Count::ContactRefused),
    ("withdrawn", Count::ContactWithdrawn),
    ("closed", Count::ContactClosed),
];

/// The workbook of what is counted.
const BOOK: &str = "figures.xlsx";

/// What is asked for, as the address has it.
#[derive(Clone)]
struct Ask {
    period: Period,
    today: Day,
    /// The code of a place: it and all below.
    place: String,
}

impl Ask {
    fn of(visitor: &Visitor, form: &Form) -> Ask {
        let today = visitor.district.now().day(visitor.district.config.offset_minutes);
        Ask {
            period: Period::parse(form.get("period"), today),
            today,
            place: offer::code_of(form.get("place")).to_owned(),
        }
    }

    /// Of what is to come there is nothing to count.
    fn has_later(&self) -> bool {
        self.period.after().first() <= self.today
    }

    fn query(&self) -> String {
        let period = self.period.text();
        let all = [("period", period.as_str()), ("place", &self.place)];
        let given: Vec<_> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        serde_urlencoded::to_string(given).unwrap_or_default()
    }

    fn href(&self) -> String {
        format!("/desk/figures?{}", self.query())
    }

    /// The month of today, wherever the address is.
    fn at_month(&self) -> String {
        let place = [("place", self.place.as_str())];
        match self.place.as_str() {
            "" => "/desk/figures".to_owned(),
            _ => {
                format!("/desk/figures?{}", serde_urlencoded::to_string(place).unwrap_or_default())
            }
        }
    }

    fn in_period(&self, period: Period) -> String {
        Ask { period, ..self.clone() }.href()
    }

    fn at_place(&self, code: &str) -> String {
        Ask { place: code.to_owned(), ..self.clone() }.href()
    }
}

/// One place or body with its counts.
struct Line {
    name: String,
    /// The same page of this place alone.
    href: Option<String>,
    tally: Tally,
}

/// All that is counted for one looker.
struct Figures {
    /// From the looker's own place down to the one asked for.
    way: Vec<(String, String)>,
    all: Tally,
    places: Vec<Line>,
    bodies: Vec<Line>,
}

#[derive(Template)]
#[template(path = "affairs/appeal/pages/figures.html")]
struct FiguresPage {
    f: Frame,
    ask: Ask,
    found: Figures,
    may_export: bool,
}

impl FiguresPage {
    fn count(&self, count: Count) -> u64 {
        self.found.all.get(count)
    }

    fn name(&self, measure: &Measure) -> String {
        self.f.say(&format!("figures.name.{}", measure.name()))
    }

    fn how(&self, measure: &Measure) -> String {
        self.f.say(&format!("figures.how.{}", measure.name()))
    }

    fn lead(&self) -> String {
        let counted = [
            ("period", self.ask.period.text()),
            ("n", self.count(Count::Reported).to_string()),
            ("withdrawn", self.count(Count::Withdrawn).to_string()),
            ("imported", self.count(Count::Imported).to_string()),
        ];
        let key = match (self.count(Count::Reported), self.count(Count::Imported)) {
            (0, _) => "figures.none",
            (_, 0) => "figures.lead",
            _ => "figures.lead_imported",
        };
        self.f.lang.fill(key, &counted)
    }

    /// First contacts left out of 响应率, with how their cases ended; nothing where there are none.
    fn left_out(&self) -> Option<String> {
        let of = |count: Count| self.count(count);
        let all = LEFT_OUT.map(|(name, count)| (name, of(count).to_string()));
        let any = LEFT_OUT.iter().any(|(_, count)| of(*count) > 0);
        any.then(|| self.f.lang.fill("figures.left_out", &all))
    }

    fn groups(&self) -> [(String, &[Line]); 2] {
        let title = |key: &str| self.f.say(key);
        [
            (title("figures.by_place"), &self.found.places),
            (title("figures.by_body"), &self.found.bodies),
        ]
    }
}

/// `95.5%`.
fn percent(share: &Share) -> String {
    tenths(share.per_mille) + "%"
}

/// `91.2–99.1`.
fn interval(share: &Share) -> String {
    format!("{}–{}", tenths(share.low), tenths(share.high))
}

/// `64.92`.
fn points(tally: &Tally) -> Option<String> {
    score(tally).map(|n| format!("{}.{:02}", n / 100, n % 100))
}

/// Figures belong to posts that the duty list lets measure.
fn at_work(visitor: &Visitor) -> Done<()> {
    visitor.person()?;
    if visitor.actor.post.is_none() || !visitor.may("case.measure") {
        return Err(Failure::Hidden);
    }
    Ok(())
}

pub async fn show(visitor: Visitor) -> Page {
    at_work(&visitor)?;
    let query = visitor.path.split_once('?').map_or("", |(_, query)| query);
    let ask = Ask::of(&visitor, &Form::parse(query.as_bytes()).unwrap_or_default());
    let (looker, asked) = (Looker::from(&visitor), ask.clone());
    let found = visitor.read(move |tx| figures(tx, &looker, &asked, &["case.measure"])).await?;
    let f = visitor.frame(visitor.lang.say("figures.title")).wide();
    render(&FiguresPage { f, ask, found, may_export: visitor.may("case.export") })
}

/// Counts the cases on which the looker has all these acts.
fn figures(tx: &ReadTx<'_>, looker: &Looker, ask: &Ask, acts: &[&str]) -> Done<Figures> {
    let ground = territory::ground(&looker.district, tx)?;
    let own = looker.actor.place_path.as_str();
    let base = match ask.place.as_str() {
        "" => own,
        code => ground.by_code(code).map_or("/-/", |place| place.path.as_str()),
    };
    let mut values = Vec::new();
    let mut fits = vec!["t.kind = 'case'".to_owned()];
    for act in acts {
        let may = looker.duties.filter_seen(&looker.actor, act, &CASES, &mut values);
        fits.push(format!("({may})"));
    }
    if !ask.place.is_empty() {
        let mut bind = |path: &str| {
            values.push(Value::from(path));
            format!("${}", values.len())
        };
        let (from, to) = (bind(base), bind(&upper_bound(base)));
        fits.push(format!("t.place_path >= {from} and t.place_path < {to}"));
    }
    let now = looker.district.now();
    let (from, to) = ask.period.span(looker.district.config.offset_minutes);
    let chosen = Chosen { fits: fits.join(" and "), values, from, to };
    let (mut all, mut places) = (Tally::default(), BTreeMap::<String, Tally>::new());
    for cell in store::count(tx, chosen.clone(), now)? {
        all += cell.tally;
        *places.entry(child(base, &cell.of)).or_default() += cell.tally;
    }
    let bodies = store::count_by_body(tx, chosen, now)?;
    let bodies = bodies.into_iter().map(|cell| (cell.of, cell.tally)).collect();
    Ok(Figures {
        way: way(looker.lang, &ground, own, base, ask),
        all,
        places: places
            .into_iter()
            .map(|one| place_line(looker.lang, &ground, base, ask, one))
            .collect(),
        bodies: body_lines(tx, looker.lang, bodies)?,
    })
}

/// Which place right below `base` a path lies in; `base` itself where it lies in none, nothing
/// where it lies elsewhere.
fn child(base: &str, path: &str) -> String {
    match path.strip_prefix(base) {
        None => String::new(),
        Some(rest) => match rest.split_once('/') {
            None => base.to_owned(),
            Some((code, _)) => format!("{base}{code}/"),
        },
    }
}

fn place_line(
    lang: Lang,
    ground: &Ground,
    base: &str,
    ask: &Ask,
    (path, tally): (String, Tally),
) -> Line {
    let place = ground.by_path(&path);
    let (name, href) = match path.as_str() {
        "" => (lang.say("figures.elsewhere"), None),
        own if own == base => (lang.say("figures.no_nearer"), None),
        _ => (
            place.map_or_else(|| path.clone(), |place| place.name.clone()),
            place.map(|place| ask.at_place(&place.code)),
        ),
    };
    Line { name, href, tally }
}

fn body_lines(tx: &ReadTx<'_>, lang: Lang, bodies: BTreeMap<Option<Id>, Tally>) -> Done<Vec<Line>> {
    let mut out = Vec::new();
    for (body, tally) in bodies {
        let name = match &body {
            Some(body) => remit::name_of(tx, body)?.unwrap_or_default(),
            None => lang.say("figures.no_body"),
        };
        out.push((body.is_none(), sort::key(&name), Line { name, href: None, tally }));
    }
    out.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    Ok(out.into_iter().map(|(_, _, line)| line).collect())
}

/// The way from the looker's place to the one asked for, each with its page.
fn way(lang: Lang, ground: &Ground, own: &str, base: &str, ask: &Ask) -> Vec<(String, String)> {
    let name = |path: &str| ground.by_path(path).map(|place| place.name.clone());
    let mine = name(own).unwrap_or_else(|| lang.say("figures.all"));
    let on_it = |place: &&Place| place.path != own && (place.within(own) || place.path == base);
    let below = ground.ancestors(base).into_iter().filter(on_it);
    let first = std::iter::once((mine, ask.at_place("")));
    first.chain(below.map(|place| (place.name.clone(), ask.at_place(&place.code)))).collect()
}

pub async fn export(visitor: Visitor, form: Form) -> Page {
    at_work(&visitor)?;
    if form.get("query").is_empty() {
        return Err(FieldProblem::new("query", "missing").into());
    }
    let asked = Form::parse(form.get("query").as_bytes()).unwrap_or_default();
    let ask = Ask::of(&visitor, &asked);
    let actor = visitor.actor.clone();
    let act = sheet::Export { actor, what: BOOK, query: ask.query() };
    visitor.perform(form.act_id(visitor.district.new_id()), act).await?;
    let (looker, lang) = (Looker::from(&visitor), visitor.lang);
    let acts = ["case.measure", "case.export"];
    let period = ask.period.text();
    let found = visitor.read(move |tx| figures(tx, &looker, &ask, &acts)).await?;
    let title =
        format!("{} · {} {period}", visitor.district.config.name, lang.say("figures.title"));
    let made = tokio::task::spawn_blocking(move || workbook(lang, &title, &found)).await;
    let bytes = made.map_err(|e| Fault::new(e.to_string()).context("the workbook"))??;
    Ok(sheet::download(bytes, BOOK))
}

/// One line for each share of the whole, of each place and of each body.
fn workbook(lang: Lang, title: &str, found: &Figures) -> Result<Vec<u8>, Fault> {
    let heads = [
        ("figures.column.of", 16.0),
        ("figures.column.name", 26.0),
        ("figures.column.measure", 18.0),
        ("figures.column.above", 10.0),
        ("figures.column.below", 10.0),
        ("figures.column.share", 10.0),
        ("figures.column.interval", 14.0),
    ];
    let number = |n: u64| Cell::Number(u32::try_from(n).unwrap_or(u32::MAX));
    let mut rows = Vec::new();
    let mut add = |of: &str, name: &str, tally: &Tally| {
        let reported = lang.say("figures.reported");
        let head = |what: String| vec![Cell::from(of), Cell::from(name), Cell::Text(what)];
        let mut counted = head(reported);
        counted.push(number(tally.get(Count::Reported)));
        rows.push(counted);
        for (name, count) in LEFT_OUT.iter().filter(|(_, count)| tally.get(*count) > 0) {
            let mut row = head(lang.say(&format!("figures.left.{name}")));
            row.push(number(tally.get(*count)));
            rows.push(row);
        }
        for measure in Measure::ALL {
            let Some(share) = measure.share(tally) else { continue };
            let mut row = head(lang.say(&format!("figures.name.{}", measure.name())));
            row.extend([number(share.k), number(share.n)]);
            row.extend([Cell::Text(percent(&share)), Cell::Text(interval(&share))]);
            rows.push(row);
        }
    };
    add(&lang.say("figures.all"), "", &found.all);
    for (of, lines) in [("figures.by_place", &found.places), ("figures.by_body", &found.bodies)] {
        lines.iter().for_each(|line| add(&lang.say(of), &line.name, &line.tally));
    }
    sheet::table(lang, title, &heads, &rows)
}
