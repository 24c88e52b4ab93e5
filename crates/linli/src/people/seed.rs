//! Seeding: the acts that fill a new district with its people, made from plain rows by the
//! operator at the terminal, who is bound by the same door as everyone.

use std::collections::HashMap;

use serde::Deserialize;

use super::acts::BodyFields;
use super::acts::{Appoint, CreateBody, CreatePost, CreateStaff, Register};
use super::sealed::{SealedName, SealedPhone};
use super::totp::TotpSecret;
use super::{fields, password, rules};
use crate::act::{Act, Actor, Done, Failure, Order};
use crate::base::{Fault, Id};
use crate::district::District;
use crate::territory;
use crate::words::Lang;

/// A member of staff to be made.
pub struct StaffRow<'a> {
    pub username: &'a str,
    pub name: &'a str,
    pub phone: Option<&'a str>,
    pub password_hash: String,
    pub totp: Option<TotpSecret>,
}

/// The act that makes a member of staff; its id follows from the user name.
pub fn staff(district: &District, row: StaffRow<'_>) -> CreateStaff {
    let keys = &district.keys;
    CreateStaff {
        id: Id::derived(&format!("staff {}", row.username)),
        username: row.username.to_owned(),
        name: SealedName::of(keys, row.name),
        phone: row.phone.and_then(rules::phone).map(|phone| SealedPhone::of(keys, &phone)),
        password_hash: row.password_hash,
        password_until: None,
        totp_sealed: row.totp.map(|secret| secret.seal(keys)),
        place_path: format!("/{}/", district.config.code),
        language: Lang::default(),
    }
}

/// The act that registers somebody who reported something by telephone, at the counter or through
/// another program; who is known by their number is found.
pub fn find_or_create_reporter(
    district: &District,
    id: Id,
    name: &str,
    phone: Option<&str>,
    place: Option<(&Id, &str)>,
    consent: &str,
) -> Register {
    let keys = &district.keys;
    let root = format!("/{}/", district.config.code);
    Register {
        id,
        name: SealedName::of(keys, name),
        phone: phone.and_then(rules::phone).map(|phone| SealedPhone::of(keys, &phone)),
        place_id: place.map(|(id, _)| id.clone()),
        place_path: place.map_or(root, |(_, path)| path.to_owned()),
        language: "zh".to_owned(),
        consent: consent.to_owned(),
    }
}

/// The people of the demonstration, as `data/demo/people.toml` has them.
#[derive(Deserialize)]
pub struct DemoPeople {
    pub body: Vec<DemoBody>,
    pub staff: Vec<DemoStaff>,
    pub post: Vec<DemoPost>,
    pub resident: Vec<DemoResident>,
}

/// One whom a visitor of the demonstration can be.
pub struct Persona {
    pub id: String,
    pub title: String,
    /// The user name, or the number of a resident.
    pub login: String,
    pub staff: bool,
}

impl DemoPeople {
    pub fn personas(&self, lang: Lang) -> Vec<Persona> {
        let title = |words: &Option<Words>| {
            words.as_ref().map_or(String::new(), |w| lang.pick(&w.zh, &w.en).to_owned())
        };
        let residents = self.resident.iter().filter_map(|r| {
            let (id, title) = (r.persona.clone()?, title(&r.persona_title));
            Some(Persona { id, title, login: r.phone.clone(), staff: false })
        });
        let staff = self.staff.iter().filter_map(|s| {
            let (id, title) = (s.persona.clone()?, title(&s.persona_title));
            Some(Persona { id, title, login: s.username.clone(), staff: true })
        });
        residents.chain(staff).collect()
    }
}

#[derive(Deserialize)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

#[derive(Deserialize)]
pub struct DemoBody {
    pub id: String,
    pub kind: String,
    pub also: Vec<String>,
    pub places: Vec<String>,
    pub name: Words,
}

#[derive(Deserialize)]
pub struct DemoStaff {
    pub username: String,
    pub name: String,
    pub phone: String,
    pub persona: Option<String>,
    pub persona_title: Option<Words>,
}

#[derive(Deserialize)]
pub struct DemoPost {
    pub kind: String,
    pub place: String,
    pub body: String,
    pub holder: String,
}

#[derive(Deserialize)]
pub struct DemoResident {
    pub id: String,
    pub name: String,
    pub phone: String,
    pub address: String,
    /// Old, and used to large print.
    #[serde(default)]
    pub elder: bool,
    pub persona: Option<String>,
    pub persona_title: Option<Words>,
}

/// The number at which residents reach a post of their grid or community: invented, like the rest.
fn demo_number(row: &DemoPost) -> Option<String> {
    let near = ["grid_worker", "community_clerk"].contains(&row.kind.as_str());
    // The code has 001 001 01 for street, community and grid: each of them stands in the number.
    let (street, community) = (row.place.get(8..9)?, row.place.get(10..12)?);
    let grid = row.place.get(12..14).unwrap_or("00");
    near.then(|| format!("555{street}{community}{grid}"))
}

/// The password of every invented member of staff; the demonstration says it on its own page.
pub const DEMO_PASSWORD: &str = "linjiang river lamp";

const PEOPLE: &str = include_str!("../../data/demo/people.toml");
const ADDRESSES: &str = include_str!("../../data/demo/addresses.tsv");

pub fn demo_people() -> Result<DemoPeople, Fault> {
    toml::from_str(PEOPLE).map_err(|e| Fault::new(format!("people of the demonstration: {e}")))
}

/// The id a body of the demonstration has.
pub fn demo_body_id(id: &str) -> Id {
    Id::derived(&format!("body {id}"))
}

/// The id a resident of the demonstration has.
pub fn demo_resident_id(id: &str) -> Id {
    Id::derived(&format!("resident {id}"))
}

/// Fills a demonstration whose places are there already: bodies, staff, posts, residents. Each is
/// an act of its own under an id that follows from the data, so a second run changes nothing.
pub fn demo(district: &District) -> Done<()> {
    let people = demo_people()?;
    let places = places(district)?;
    for body in &people.body {
        make_body(district, body, &places)?;
    }
    let hash = password::hash_blocking(DEMO_PASSWORD)?;
    for person in &people.staff {
        let row = StaffRow {
            username: &person.username,
            name: &person.name,
            phone: Some(&person.phone),
            password_hash: hash.clone(),
            totp: Some(TotpSecret::fresh()),
        };
        run(district, &format!("staff {}", person.username), staff(district, row))?;
    }
    let kinds = district.store().read_blocking(super::store::post_kinds)?;
    let titles: HashMap<_, _> = kinds.into_iter().map(|kind| (kind.id, kind.title_zh)).collect();
    for (at, post) in people.post.iter().enumerate() {
        make_post(district, at, post, &people, &places, &titles)?;
    }
    for resident in &people.resident {
        make_resident(district, resident, &places)?;
    }
    Ok(())
}

type Places = HashMap<String, (Id, String, String)>;

fn places(district: &District) -> Done<Places> {
    let all = district.store().read_blocking(territory::store::every_place)?;
    Ok(all.into_iter().map(|p| (p.code.to_string(), (p.id, p.path, p.name))).collect())
}

fn place<'p>(places: &'p Places, code: &str) -> Done<&'p (Id, String, String)> {
    let found = places.get(code);
    found
        .ok_or_else(|| Failure::Fault(Fault::new(format!("the demonstration has no place {code}"))))
}

fn run<A: Act>(district: &District, name: &str, act: A) -> Done<A::Outcome> {
    let order = Order::new(Id::derived(&format!("seed {name}")), act);
    Ok(district.door.perform_blocking(&Actor::operator(), order)?.outcome)
}

fn make_body(district: &District, body: &DemoBody, places: &Places) -> Done<()> {
    let first = body.places.first().map(String::as_str).unwrap_or_default();
    let (place_id, place_path, _) = place(places, first)?.clone();
    let mut remits = Vec::new();
    for code in &body.places {
        for kind in std::iter::once(&body.kind).chain(&body.also) {
            remits.push((kind.clone(), place(places, code)?.1.clone()));
        }
    }
    let id = demo_body_id(&body.id);
    let fields =
        BodyFields { kind: body.kind.clone(), name: body.name.zh.clone(), ..BodyFields::default() };
    let ground = "权责清单（示例）".to_owned();
    let act = CreateBody { id, fields, place_id, place_path, remits, ground };
    run(district, &format!("body {}", body.id), act)?;
    Ok(())
}

fn make_post(
    district: &District,
    at: usize,
    row: &DemoPost,
    people: &DemoPeople,
    places: &Places,
    titles: &HashMap<String, String>,
) -> Done<()> {
    let (place_id, place_path, place_name) = place(places, &row.place)?.clone();
    let name = format!("post {at} {} {} {}", row.kind, row.place, row.body);
    let kind_title = titles.get(&row.kind).cloned().unwrap_or_else(|| row.kind.clone());
    let body = people.body.iter().find(|b| b.id == row.body);
    // A post over the whole district is told apart by its body, the others by their place.
    let of = match body {
        Some(body) if row.place == district.config.code => body.name.zh.clone(),
        _ => place_name,
    };
    let id = Id::derived(&name);
    let act = CreatePost {
        id: id.clone(),
        kind: row.kind.clone(),
        title: title(&of, &kind_title),
        place_id,
        place_path,
        body: body.map(|b| demo_body_id(&b.id)),
        contact: demo_number(row),
    };
    run(district, &name, act)?;
    let Some(holder) = people.staff.iter().find(|s| s.username == row.holder) else {
        return Ok(());
    };
    let act = Appoint {
        id: Id::derived(&format!("appointment {name}")),
        post: id,
        person: Id::derived(&format!("staff {}", holder.username)),
        holder_name: holder.name.clone(),
        term_from: crate::base::Day::new(2026, 1, 1)
            .unwrap_or_else(|| district.now().day(district.config.offset_minutes)),
        term_to: None,
    };
    run(district, &format!("appointment {name}"), act)?;
    Ok(())
}

/// 望潮街道 and 街道派遣员 make 望潮街道派遣员: what both say is said once.
fn title(of: &str, kind: &str) -> String {
    let level = ["街道", "社区", "网格", "部门", "区"]
        .into_iter()
        .find(|level| kind.starts_with(level) && of.ends_with(level));
    format!("{of}{}", level.and_then(|level| kind.strip_prefix(level)).unwrap_or(kind))
}

fn make_resident(district: &District, row: &DemoResident, places: &Places) -> Done<()> {
    let line = ADDRESSES.lines().find(|line| line.split('\t').next() == Some(&row.address));
    let grid = line.and_then(|line| line.split('\t').nth(4)).unwrap_or_default();
    let (place_id, path, _) = place(places, grid)?;
    let id = demo_resident_id(&row.id);
    let home = Some((place_id, path.as_str()));
    // Invented people have agreed to what is invented of them.
    let (phone, agreed) = (Some(row.phone.as_str()), fields::NOTICE);
    let act = find_or_create_reporter(district, id, &row.name, phone, home, agreed);
    run(district, &format!("resident {}", row.id), act)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Who rings a number reaches the one it stands beside, and nobody signs in as another.
    #[test]
    fn no_two_of_the_demonstration_share_a_number() {
        let people = demo_people().unwrap();
        let posts: Vec<String> = people.post.iter().filter_map(demo_number).collect();
        assert!(posts.len() > 20 && posts.iter().all(|number| number.len() == 8), "{posts:?}");
        let own = people.staff.iter().map(|staff| staff.phone.clone());
        let own = own.chain(people.resident.iter().map(|resident| resident.phone.clone()));
        let mut seen = HashSet::new();
        for number in own.chain(posts) {
            assert!(seen.insert(number.clone()), "{number} twice");
        }
    }

    /// A leaking pipe is what many try first: somebody who can be played signs for it.
    #[test]
    fn what_goes_to_the_water_body_can_be_played_to_its_end() {
        let people = demo_people().unwrap();
        let water: Vec<&str> = people
            .body
            .iter()
            .filter(|body| body.kind == "water" || body.also.iter().any(|kind| kind == "water"))
            .map(|body| body.id.as_str())
            .collect();
        let logins: Vec<String> = people.personas(Lang::Zh).into_iter().map(|p| p.login).collect();
        let signs = |post: &&DemoPost| {
            post.kind == "department_officer" && water.contains(&post.body.as_str())
        };
        assert!(people.post.iter().filter(signs).any(|post| logins.contains(&post.holder)));
    }
}
