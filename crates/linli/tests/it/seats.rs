//! Persons, posts and terms put into a world as they are, with who stands in for whom.

use linli::base::Id;
use linli::people::session::{self, Opening};
use linli::people::{APPOINTMENT, BODY, DELEGATION, PERSON, POST};
use linli::store::Value;
use linli::store::schema::Table;
use linli::testing::World;

/// A member of staff.
pub fn person(world: &World, id: &Id) {
    let columns = vec![
        ("kind", Value::from("staff")),
        ("name_masked", "周**".into()),
        ("username", id.as_str().into()),
        ("place_path", "/990101/".into()),
        ("language", "zh".into()),
        ("consent", "duty".into()),
        ("created_at", 0.into()),
        ("version", 1.into()),
    ];
    world.plant(PERSON, vec![(id.clone(), columns)]);
}

/// A place of its own on this path; one of before where another stands there already.
pub fn place(world: &World, id: &Id, path: &str) {
    let asked = path.to_owned();
    let standing = world.read(move |tx| {
        let sql = "select count(*) from place where path = $1 and valid_to is null";
        tx.count(sql, linli::params![asked])
    });
    let columns = vec![
        ("code", Value::from(id.as_str())),
        ("level", "grid".into()),
        ("name", "地".into()),
        ("path", path.into()),
        ("sort_key", "d".into()),
        ("valid_from", 0.into()),
        ("valid_to", if standing > 0 { 1.into() } else { Value::Null }),
        ("version", 1.into()),
    ];
    world.plant(Table::recorded("place"), vec![(id.clone(), columns)]);
}

/// A body of the whole district.
pub fn body(world: &World, id: &Id) {
    let at = Id::derived(&format!("place of {id}"));
    place(world, &at, "/990101/");
    let columns = vec![
        ("kind", Value::from("street_office")),
        ("name", "单位".into()),
        ("sort_key", "d".into()),
        ("place_id", Value::from(&at)),
        ("place_path", "/990101/".into()),
        ("version", 1.into()),
    ];
    world.plant(BODY, vec![(id.clone(), columns)]);
}

fn ended(world: &World, ended: bool) -> Value {
    if ended { Value::from(world.district.now()) } else { Value::Null }
}

/// A post, with its place.
pub fn post(world: &World, id: &Id, kind: &str, path: &str, body: Option<&Id>, over: bool) {
    let at = Id::derived(&format!("place of {id}"));
    place(world, &at, path);
    let columns = vec![
        ("kind", Value::from(kind)),
        ("title", "岗".into()),
        ("place_id", Value::from(&at)),
        ("place_path", path.into()),
        ("body_id", body.map_or(Value::Null, Value::from)),
        ("ended_at", ended(world, over)),
        ("version", 1.into()),
    ];
    world.plant(POST, vec![(id.clone(), columns)]);
}

/// Somebody holds a post, from one day to another, counted from today.
pub fn appoint(
    world: &World,
    id: &Id,
    post: &Id,
    person: &Id,
    (from, to): (i64, Option<i64>),
    relieved: bool,
) {
    let now = world.district.now();
    let day = |days: i64| Value::from(now.plus_minutes(days * 24 * 60).day(480).to_string());
    let columns = vec![
        ("post_id", Value::from(post)),
        ("person_id", Value::from(person)),
        ("holder_name", "周小满".into()),
        ("term_from", day(from)),
        ("term_to", to.map_or(Value::Null, day)),
        ("since", 0.into()),
        ("until", ended(world, relieved)),
        ("version", 1.into()),
    ];
    world.plant(APPOINTMENT, vec![(id.clone(), columns)]);
}

/// Somebody stands in for the holder, from one minute to another, counted from now; by a post of
/// their own far from here.
pub fn stand_in(world: &World, of: &Id, to: &Id, (from, until): (i64, i64), stopped: bool) {
    let now = world.district.now();
    let own = Id::derived(&format!("post of {to} who stands in {of}"));
    let by = Id::derived(&format!("seat of {to} who stands in {of}"));
    post(world, &own, "dispatcher", "/990199/", None, false);
    appoint(world, &by, &own, to, (-30, None), false);
    let columns = vec![
        ("appointment_id", Value::from(of)),
        ("to_person_id", Value::from(to)),
        ("by_appointment_id", Value::from(&by)),
        ("from_at", now.plus_minutes(from).into()),
        ("to_at", now.plus_minutes(until).into()),
        ("reason", "出差".into()),
        ("ended_at", ended(world, stopped)),
    ];
    world.plant(DELEGATION, vec![(Id::derived(&format!("{to} stands in {of}")), columns)]);
}

/// The cookie of somebody who has taken a seat, theirs or not.
pub fn sign_in(world: &World, person: &Id, appointment: Option<&Id>) -> String {
    let opening = Opening {
        person: person.clone(),
        appointment: appointment.cloned(),
        proved: "password+totp",
        device: String::new(),
    };
    let opened = session::open(world.district.store(), opening, world.district.now());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(opened).unwrap()
}
