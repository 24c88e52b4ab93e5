//! What another version changes is told, whichever part it is; and where no way leads to an end.

use std::collections::BTreeMap;

use super::*;

#[test]
fn a_stage_from_which_no_way_leads_to_an_end_is_told_with_its_line() {
    // Asked and done lead to one another, and to nothing else.
    let back = "\n[[move]]\nact = \"back\"\ntitle = { zh = \"退\", en = \"Back\" }\n\
                from = [\"done\"]\nto = \"asked\"\n";
    let open = SMALL.replace("phase = \"closed\"", "phase = \"open\"");
    let told = Process::parse(&format!("{open}{back}"), &KNOWN).unwrap_err();
    let told: Vec<(usize, &str)> =
        told.iter().map(|p| (p.line, p.reason.en.split(',').next().unwrap())).collect();
    assert_eq!(
        told,
        [(8, "no way leads from asked to an end"), (14, "no way leads from done to an end")]
    );
    let end = "\n[[stage]]\nid = \"over\"\ntitle = { zh = \"完\", en = \"Over\" }\n\
               plain = { zh = \"完\", en = \"Over\" }\nphase = \"closed\"\n\
               [[move]]\nact = \"end\"\ntitle = { zh = \"完\", en = \"End\" }\n\
               from = [\"done\"]\nto = \"over\"\n";
    assert!(Process::parse(&format!("{open}{back}{end}"), &KNOWN).is_ok());
    let own =
        end.replace("to = \"over\"\n", "to = \"over\"\nneeds = [{ guard = \"is_reporter\" }]\n");
    assert!(Process::parse(&format!("{open}{back}{own}"), &KNOWN).is_err(), "the reporter alone");
}

fn a_guard() -> Call {
    Call { guard: "another".to_owned(), params: BTreeMap::new(), otherwise: None }
}

/// A change of one part of a procedure.
type Change = fn(&mut Process);

#[test]
fn a_change_of_any_part_is_told() {
    let old = appeal();
    let stages: [Change; 10] = [
        |p| p.stages[0].title = Words::new("别的", "another"),
        |p| p.stages[0].plain = Words::new("别的", "another"),
        |p| p.stages[0].others = Some(Words::new("别的", "another")),
        |p| p.stages[0].phase = Phase::Waiting,
        |p| p.stages[0].link = None,
        |p| p.stages[0].next = None,
        |p| p.stages[0].disclose.push("more".to_owned()),
        |p| p.stages[0].limit = None,
        |p| p.stages[0].limit.as_mut().unwrap().clock = "handle".to_owned(),
        |p| p.stages[0].limit.as_mut().unwrap().rule = LimitRule::Standard,
    ];
    let clocks: [Change; 5] = [
        |p| p.clocks[0].title = Words::new("别的", "another"),
        |p| p.clocks[0].limit = Some(Limit { kind: LimitKind::NaturalDay, n: 77 }),
        |p| p.clocks[0].when.push(a_guard()),
        |p| p.clocks[0].warns.push("moon".to_owned()),
        |p| p.clocks[0].late.push("moon".to_owned()),
    ];
    let moves: [Change; 13] = [
        |p| p.moves[0].title = Words::new("别的", "another"),
        |p| p.moves[0].to = Some("handling".to_owned()),
        |p| p.moves[1].from.push("handling".to_owned()),
        |p| p.moves[0].when.push(a_guard()),
        |p| p.moves[0].needs.push(a_guard()),
        |p| p.moves[0].resumes = !p.moves[0].resumes,
        |p| p.moves[0].record.clear(),
        |p| p.moves[0].does.push("more".to_owned()),
        |p| p.moves[0].starts.push("more".to_owned()),
        |p| p.moves[0].stops.push("more".to_owned()),
        |p| p.moves[0].drops.push("more".to_owned()),
        |p| p.moves[0].tell.clear(),
        |p| drop(p.moves.remove(0)),
    ];
    fn field(p: &mut Process) -> &mut Field {
        p.moves.iter_mut().find_map(|by| by.record.first_mut()).unwrap()
    }
    let fields: [Change; 8] = [
        |p| field(p).name.push('x'),
        |p| field(p).kind = FieldKind::Photos,
        |p| field(p).required ^= true,
        |p| field(p).public ^= true,
        |p| field(p).max = Some(7),
        |p| field(p).title = Words::new("别的", "another"),
        |p| field(p).hint = Some(Words::new("别的", "another")),
        |p| field(p).options.push(Choice { value: "x".to_owned(), title: Words::new("别", "x") }),
    ];
    let heads: [Change; 2] =
        [|p| p.title = Words::new("别的", "another"), |p| p.source = "another".to_owned()];
    for (what, all) in [
        ("stage", &stages[..]),
        ("clock", &clocks),
        ("move", &moves),
        ("field", &fields),
        ("head", &heads),
    ] {
        for (n, change) in all.iter().enumerate() {
            let mut new = old.clone();
            change(&mut new);
            assert_ne!(new, old, "{what} {n} changes nothing");
            assert!(!old.differences(&new).is_empty(), "{what} {n}");
        }
    }
}

#[test]
fn a_second_move_of_an_act_is_told_though_its_way_was_there() {
    let old = appeal();
    let at = old.moves.iter().position(|by| by.act == "verify").unwrap();
    let mut new = old.clone();
    let mut second = new.moves[at].clone();
    (second.when, second.needs) = (Vec::new(), Vec::new());
    new.moves[at].when = vec![Call {
        guard: "record_is".to_owned(),
        params: [("field".to_owned(), Param::Text("x".to_owned()))].into(),
        otherwise: None,
    }];
    new.moves.insert(at + 1, second);
    let told = old.differences(&new);
    let added = |one: &Difference| matches!(one, Difference::WayAdded { .. });
    assert!(told.iter().any(added), "{told:?}");
    assert!(new.differences(&old).iter().any(|one| matches!(one, Difference::WayGone { .. })));
    let mut turned = new.clone();
    turned.moves.swap(at, at + 1);
    assert!(matches!(&new.differences(&turned)[..], [Difference::OrderChanged(_)]));
}
