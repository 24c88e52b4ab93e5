//! Rows beside cases that the duty list decides about: people, posts, bodies, places and others.

use super::*;

fn proposal(id: Id, n: usize) -> PlantedRow {
    let by = Id::derived(&format!("person {}", n % 6));
    let columns = vec![
        ("change", Value::from("{}")),
        ("seen", 1.into()),
        ("reason", "r".into()),
        ("by_person", Value::from(&by)),
        ("by_kind", "security_admin".into()),
        ("by_label", "l".into()),
        ("at", 0.into()),
        ("state", "open".into()),
    ];
    (id, columns)
}

/// Places, bodies, posts and persons on random paths; a third of the persons complain of a body.
fn plant_others(world: &World, dice: &mut Dice) {
    let id = |id: &Option<Id>| id.as_ref().map_or(Value::Null, Value::from);
    let ids = |what: &str, n: usize| Id::derived(&format!("{what} {n}"));
    let (mut places, mut bodies, mut persons, mut posts) = (vec![], vec![], vec![], vec![]);
    world.plant(PROPOSAL, (0..40).map(|n| proposal(ids("proposal", n), n)).collect());
    let mut stands = BTreeSet::new();
    for n in 0..40 {
        let path = dice.path();
        // One place stands on a path; the others stood there before.
        let over = if stands.insert(path.clone()) { Value::Null } else { 1.into() };
        places.push((
            ids("place", n),
            vec![
                ("code", format!("{n}").into()),
                ("level", "grid".into()),
                ("name", "地".into()),
                ("path", path.as_str().into()),
                ("sort_key", "d".into()),
                ("valid_from", 0.into()),
                ("valid_to", over),
                ("version", 1.into()),
            ],
        ));
        bodies.push((
            ids("body", n),
            vec![
                ("kind", "street_office".into()),
                ("name", "单位".into()),
                ("sort_key", "d".into()),
                ("place_id", Value::from(&ids("place", n))),
                ("place_path", path.as_str().into()),
                ("version", 1.into()),
            ],
        ));
        persons.push((
            ids("person", n),
            vec![
                ("kind", Value::from("resident")),
                ("name_masked", "张*".into()),
                ("place_path", path.as_str().into()),
                ("language", "zh".into()),
                ("consent", "{}".into()),
                ("created_at", 0.into()),
                ("version", 1.into()),
            ],
        ));
        posts.push((
            ids("post", n),
            vec![
                ("kind", Value::from("community_clerk")),
                ("title", "岗".into()),
                ("place_id", Value::from(&ids("place", n))),
                ("place_path", path.as_str().into()),
                ("body_id", id(&dice.some_id("body"))),
                ("version", 1.into()),
            ],
        ));
    }
    world.plant(Table::plain("place"), places);
    world.plant(BODY, bodies);
    world.plant(PERSON, persons);
    world.plant(POST, posts);
}

#[test]
fn decision_and_filter_agree_on_every_protected_table() {
    both_engines(|world| {
        let mut dice = Dice(23);
        plant_others(world, &mut dice);
        let rows: Vec<Row> = (0..60).map(|n| dice.row(n)).collect();
        plant(world, &rows);
        catalogue::seed::seed(world.door()).unwrap();
        let shipped = world.read(|tx| DutyBook::default().current(tx));
        let distinct = |of: fn(&Duty) -> &String| -> Vec<String> {
            shipped.duties.iter().map(of).cloned().collect::<BTreeSet<_>>().into_iter().collect()
        };
        let kinds = distinct(|duty| &duty.post_kind);
        let all = distinct(|duty| &duty.act);
        let seen = all.iter().filter(|act| act.ends_with(".see") || act.starts_with("person."));
        let acts: Vec<String> = seen.cloned().collect();
        let mut walled = 0;
        for of in [CASES, PLACES, CLASSES, PERSONS, BODIES, POSTS, APPOINTMENTS, PROPOSALS] {
            let reaches = world.read(move |tx| {
                let sql = format!("select t.id from {} t order by t.id", of.table);
                let ids = tx.rows(&sql, &[], |row| row.get::<String>(0))?;
                ids.into_iter()
                    .map(|id| Ok((of.reach(tx, &id)?, id)))
                    .collect::<Result<Vec<_>, _>>()
            });
            for turn in 0..120 {
                let odd = dice.list(&kinds, &acts);
                let list = if turn % 2 == 0 { &odd } else { &*shipped };
                let actor = dice.actor(&kinds);
                let act = if turn % 3 == 0 { "person.unmask" } else { dice.one(&acts).as_str() };
                let by_filter = selected(world, list, &actor, act, of);
                for (reach, id) in &reaches {
                    let verdict = reach.as_ref().map(|reach| list.decide(&actor, act, reach));
                    let decided = verdict.as_ref().is_some_and(linli::act::Verdict::granted);
                    assert_eq!(
                        by_filter.contains(id),
                        decided,
                        "{}: {actor:?} {act} {reach:?}",
                        of.kind
                    );
                    walled += usize::from(
                        of.kind == "person"
                            && reach.as_ref().is_some_and(|r| {
                                actor.bodies().any(|b| r.complains_of.contains(b))
                            }),
                    );
                }
            }
        }
        assert!(walled > 0, "nobody complained of the body of whoever asked");
    });
}
