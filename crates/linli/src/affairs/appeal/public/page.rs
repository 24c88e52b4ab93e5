//! `/public`: counts, a list, the same on a map.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use askama::Template;
use linli_rules::measure::Measure;
use linli_rules::share::Share;

use super::ask::{Ask, PHASES};
use super::store::{self, Counts, Line, Newest, RATED_DAYS, RATES};
use crate::act::{Done, Failure, Refusal};
use crate::affairs::appeal::figures::tenths;
use crate::affairs::appeal::kit;
use crate::affairs::appeal::mine::Cursor;
use crate::affairs::appeal::view::{self, Disclosure, Looker, Sla, Standing, time};
use crate::base::Instant;
use crate::catalogue;
use crate::district::District;
use crate::matter::clock;
use crate::page::{Frame, Page, Visitor, render};
use crate::store::ReadTx;
use crate::territory::{self, Ground, Point};

/// Cases on one page.
const MOST: usize = 50;
/// Counts are worked out again after so many seconds.
const FRESH_SECONDS: i64 = 60;

#[derive(Template)]
#[template(path = "affairs/appeal/pages/public.html")]
struct PublicPage {
    f: Frame,
    ask: Ask,
    places: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    phases: Vec<(String, String)>,
    counts: Vec<(String, String)>,
    rates: Vec<(String, String)>,
    items: Vec<Item>,
    map: Option<String>,
    next: Option<String>,
    feed: String,
}

/// A public case in the list.
pub(super) struct Item {
    pub number: String,
    pub title: String,
    pub class: Option<String>,
    pub place: String,
    pub opened: String,
    pub stage: String,
    pub tone: &'static str,
    pub sla: Option<Sla>,
    pub point: Option<(i64, i64)>,
    pub updated_at: Instant,
    pub plain: String,
}

impl PublicPage {
    /// Whether more than words narrows the list.
    fn refined(&self) -> bool {
        let ask = &self.ask;
        [&ask.place, &ask.group, &ask.phase].iter().any(|text| !text.is_empty())
    }
}

struct Found {
    places: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    counts: Counts,
    items: Vec<Item>,
    next: Option<Cursor>,
}

pub async fn show(visitor: Visitor) -> Page {
    let ask = Ask::of(visitor.path.split_once('?').map_or("", |(_, query)| query));
    let (looker, wanted) = (Looker::from(&visitor), ask.clone());
    let look = move |tx: &ReadTx<'_>| find(tx, &looker, &wanted);
    let found = read(&visitor, &ask, look).await?;
    let f = visitor.frame(visitor.lang.say("page.nav.public"));
    let phase = |phase: &&str| ((*phase).to_owned(), f.say(&format!("public.phase.{phase}")));
    render(&PublicPage {
        phases: PHASES.iter().map(phase).collect(),
        counts: figures(&f, &found.counts),
        rates: rates(&f, &found.counts),
        map: map(&found.items),
        next: found.next.map(|cursor| ask.link("/public", Some(&cursor))),
        feed: ask.link("/public.atom", None),
        places: found.places,
        groups: found.groups,
        items: found.items,
        ask,
        f,
    })
}

/// Reads what is asked for: the newest cases at once, what must be looked for among all of them
/// where it takes nobody's time.
pub(super) async fn read<T, F>(visitor: &Visitor, ask: &Ask, look: F) -> Done<T>
where
    T: Send + 'static,
    F: FnOnce(&ReadTx<'_>) -> Done<T> + Send + 'static,
{
    let store = visitor.district.store();
    if ask.is_narrow() { store.read_long(look).await } else { store.read(look).await }
}

fn find(tx: &ReadTx<'_>, looker: &Looker, ask: &Ask) -> Done<Found> {
    let ground = territory::ground(&looker.district, tx)?;
    let (duties, lang) = (&looker.duties, looker.lang);
    let newest = (Newest::Reported, MOST + 1);
    let mut lines = store::lines(tx, duties, &ground, ask, lang, newest)?;
    let more = lines.len() > MOST;
    lines.truncate(MOST);
    let next = lines.last().filter(|_| more).map(|line| Cursor::of(&line.matter));
    let items = lines.into_iter().map(|line| item(tx, looker, &ground, line));
    Ok(Found {
        items: items.collect::<Done<_>>()?,
        counts: counts(tx, looker, &ground, ask)?,
        places: places(&ground),
        groups: groups(tx, looker)?,
        next,
    })
}

/// A case as everyone may see it: its place by name.
pub(super) fn item(tx: &ReadTx<'_>, looker: &Looker, ground: &Ground, line: Line) -> Done<Item> {
    let kit = kit(&looker.district).ok_or_else(|| Failure::from(Refusal::new("no_procedure")))?;
    let (lang, now) = (looker.lang, looker.district.now());
    let offset = looker.district.config.offset_minutes;
    let stage = kit.process.stage(&line.matter.stage);
    let everyone = Standing::default();
    let shows = Disclosure::of(Some(kit.process.as_ref()), &line.matter.stage, everyone);
    let sla = time::sla(lang, &line.matter, now).filter(|_| shows.tells("due"));
    let guessed = clock::guessed(tx, &line.matter.id, line.matter.due_at)?;
    let of_stage = view::stage_title(lang, &line.matter, stage);
    let plain = view::stage_told(lang, &line.matter, stage, false);
    Ok(Item {
        title: line.matter.title,
        class: line.class,
        place: ground.name_of_path(&line.matter.place_path),
        opened: time::short(lang, line.matter.opened_at, now, offset),
        stage: of_stage,
        plain,
        tone: view::tone(&line.matter.phase),
        sla: time::marked(lang, sla, guessed.as_deref()),
        point: line.point,
        updated_at: line.matter.updated_at,
        number: line.matter.number,
    })
}

/// Streets and communities, indented by their depth.
fn places(ground: &Ground) -> Vec<(String, String)> {
    let named = ground.places().filter(|place| (1..=2).contains(&place.depth()));
    named.map(|p| (p.code.clone(), "　".repeat(p.depth() - 1) + &p.name)).collect()
}

fn groups(tx: &ReadTx<'_>, looker: &Looker) -> Done<Vec<(String, String)>> {
    let mut out: Vec<(String, String)> = Vec::new();
    for class in catalogue::store::all(tx)?.into_iter().filter(|c| c.publicity == "public") {
        let code: String = class.code.chars().take(3).collect();
        if !out.iter().any(|(known, _)| *known == code) {
            out.push((code, class.group.pick(looker.lang).to_owned()));
        }
    }
    Ok(out)
}

/// Counts that are kept: every place with every group there is has fewer that are asked for within
/// a minute.
const MOST_KEPT: usize = 1000;

/// Counts, worked out at most once a minute for the same question. What is asked in words is
/// seldom asked again.
fn counts(tx: &ReadTx<'_>, looker: &Looker, ground: &Ground, ask: &Ask) -> Done<Counts> {
    type Kept = Mutex<HashMap<String, (Instant, Counts)>>;
    let (district, now): (&District, Instant) = (&looker.district, looker.district.now());
    let kept = district.kept::<Kept>("public counts").unwrap_or_else(|| {
        let fresh: Arc<Kept> = Arc::default();
        district.keep("public counts", Arc::clone(&fresh));
        fresh
    });
    let key = ask.link("", None);
    let fresh = |at: Instant| now.micros_since(at) < FRESH_SECONDS * 1_000_000;
    if let Ok(kept) = kept.lock()
        && let Some((at, counts)) = kept.get(&key)
        && fresh(*at)
    {
        return Ok(counts.clone());
    }
    let counts = store::counts(tx, &looker.duties, ground, ask, now)?;
    if let Ok(mut kept) = kept.lock() {
        kept.retain(|_, (at, _)| fresh(*at));
        if ask.words.is_empty() && kept.len() < MOST_KEPT {
            kept.insert(key, (now, counts.clone()));
        }
    }
    Ok(counts)
}

fn figures(f: &Frame, counts: &Counts) -> Vec<(String, String)> {
    if counts.total == 0 {
        return Vec::new();
    }
    let mut out = vec![(f.say("public.total"), counts.total.to_string())];
    for (phase, n) in PHASES.iter().zip(&counts.phases) {
        out.push((f.say(&format!("public.phase.{phase}")), n.to_string()));
    }
    out
}

fn rates(f: &Frame, counts: &Counts) -> Vec<(String, String)> {
    let told = |share: &Option<Share>| match share {
        Some(share) => f
            .lang
            .fill("public.rate", &[("share", tenths(share.per_mille)), ("n", share.n.to_string())]),
        None => f.say("public.rate_few"),
    };
    if counts.rates.iter().all(Option::is_none) {
        return Vec::new();
    }
    let name = |measure: &Measure| f.say(&format!("figures.name.{}", measure.name()));
    RATES.iter().map(name).zip(counts.rates.iter().map(told)).collect()
}

/// Pins of the cases shown, as the map's script reads them; none when nothing has a position.
fn map(items: &[Item]) -> Option<String> {
    let pin = |item: &Item| {
        let (lat, lng) = item.point?;
        Some(serde_json::json!({
            "lat": Point::degrees(lat).parse::<serde_json::Number>().ok()?,
            "lng": Point::degrees(lng).parse::<serde_json::Number>().ok()?,
            "title": item.title,
            "text": item.stage,
            "href": format!("/cases/{}", item.number),
            "tone": if item.tone == "plain" { "grey" } else { item.tone },
        }))
    };
    let points: Vec<serde_json::Value> = items.iter().filter_map(pin).collect();
    let json = serde_json::json!({ "points": points, "fit": true }).to_string();
    (!points.is_empty()).then(|| json.replace('<', "\\u003c"))
}
