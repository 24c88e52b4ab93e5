mod changes;
mod known;
mod onward;

use super::*;
use crate::calendar::LimitKind;
use known::KNOWN;
use proptest::prelude::*;
use std::collections::BTreeSet;

const APPEAL: &str = include_str!("../../../linli/src/affairs/appeal/process.toml");

/// The smallest procedure that is sound: asked, then done.
const SMALL: &str = r#"
[procedure]
id = "ask"
version = 1
subject = "question"
title = { zh = "问", en = "Ask" }
source = "x"
[[stage]]
id = "asked"
title = { zh = "已问", en = "Asked" }
plain = { zh = "已问", en = "Asked" }
phase = "reported"
limit = { clock = "answer", kind = "work_day", n = 3 }
[[stage]]
id = "done"
title = { zh = "已答", en = "Done" }
plain = { zh = "已答", en = "Done" }
phase = "closed"
[[move]]
act = "ask"
title = { zh = "问", en = "Ask" }
to = "asked"
starts = ["word"]
[[move]]
act = "answer"
title = { zh = "答", en = "Answer" }
from = ["asked"]
to = "done"
record = [{ name = "ok", kind = "choice", title = { zh = "好", en = "Ok" }, options = [
  { value = "yes", title = { zh = "是", en = "Yes" } },
  { value = "no", title = { zh = "否", en = "No" } }] }]
[[move]]
act = "call"
title = { zh = "打电话", en = "Call" }
from = ["asked"]
stops = ["word"]
[[clock]]
id = "answer"
title = { zh = "答", en = "Answer" }
[[clock]]
id = "word"
title = { zh = "联系", en = "Word" }
limit = { kind = "urgent_hour", n = 24 }
"#;

pub(super) fn appeal() -> Process {
    match Process::parse(APPEAL, &KNOWN) {
        Ok(process) => process,
        Err(problems) => {
            panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
        }
    }
}

/// What is said, with its line, when `from` is put for `to` in the small procedure.
fn said(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from} is not in the small procedure");
    let problems = Process::parse(&SMALL.replacen(from, to, 1), &KNOWN).unwrap_err();
    assert!(problems.iter().all(|p| !p.reason.zh.is_empty()));
    problems.iter().map(|p| format!("{p}; ")).collect()
}

#[test]
fn the_case_loop_is_sound() {
    let process = appeal();
    assert_eq!(process.creating().unwrap().act, "report");
    assert_eq!(process.act_name(process.creating().unwrap()), "case.report");
    let layers: Vec<Vec<&str>> = process
        .layers()
        .iter()
        .map(|layer| layer.iter().map(|stage| stage.id.as_str()).collect())
        .collect();
    assert_eq!(layers[0], ["reported", "closed"]);
    assert_eq!(layers.iter().flatten().count(), process.stages.len());
    let links: BTreeSet<Link> = process.stages.iter().filter_map(|s| s.link).collect();
    assert_eq!(links.len(), Link::ALL.len(), "all seven links are shown");
}

#[test]
fn the_case_loop_keeps_the_limits_of_its_stages() {
    let process = appeal();
    let limit = |id: &str| process.stage(id).unwrap().limit.clone().unwrap();
    let fixed = |kind, n| LimitRule::Fixed(Limit { kind, n });
    assert_eq!(limit("reported").rule, fixed(LimitKind::WorkHour, 2));
    assert_eq!(limit("awaiting_dispatch").rule, fixed(LimitKind::WorkHour, 2));
    assert_eq!(limit("dispatched").rule, fixed(LimitKind::WorkHour, 4));
    assert_eq!(limit("answered").rule, fixed(LimitKind::WorkDay, 2));
    assert_eq!(limit("handling").rule, LimitRule::Standard);
    assert_eq!(limit("handling").clock, "handle");
}

#[test]
fn not_solved_opens_the_case_again() {
    let process = appeal();
    let rates = process.candidates("rate", "closed");
    assert_eq!(
        rates.iter().map(|m| m.leads_to("closed")).collect::<Vec<_>>(),
        ["reopened", "rated"]
    );
    assert_eq!(rates[0].when[0].text("value"), Some("no"));
    assert!(rates[1].when.is_empty());
    assert_eq!(process.candidates("rate", "handling").len(), 0);
    let urge = process.candidates("urge", "handling")[0];
    assert_eq!(urge.needs[0].number("hours"), Some(24));
    assert_eq!(urge.leads_to("handling"), "handling");
}

#[test]
fn every_move_at_every_stage_is_listed_once() {
    let process = appeal();
    let all = process.transitions();
    let by_hand: usize = process.moves.iter().map(|by| by.from.len().max(1)).sum();
    assert_eq!(all.len(), by_hand);
    for step in all {
        match step.from {
            Some(from) => assert!(process.moves_from(&from.id).any(|by| by == step.by)),
            None => assert!(process.creating_by(&step.by.act).contains(&step.by)),
        }
        let ended = step.from.is_some_and(|from| from.phase == Phase::Withdrawn);
        assert!(!ended, "nothing is done with what is withdrawn");
    }
}

#[test]
fn a_process_survives_json() {
    let process = appeal();
    let text = serde_json::to_string(&process).unwrap();
    assert_eq!(serde_json::from_str::<Process>(&text).unwrap(), process);
}

#[test]
fn a_problem_names_its_line_in_both_languages() {
    assert!(Process::parse(SMALL, &KNOWN).is_ok());
    let cases = [
        ("subject = \"question\"", "subject = question", "line 5: not TOML"),
        ("subject = \"question\"", "", "line 2: subject is missing"),
        ("id = \"ask\"", "id = \"Ask me\"", "small letters"),
        ("version = 1", "version = 0", "line 4: version must be a whole number from 1 on"),
        ("source", "sauce", "line 7: unknown key: sauce"),
        ("en = \"Done\"", "de = \"Fertig\"", "line 16: en is missing"),
        ("phase = \"closed\"", "phase = \"over\"", "line 18: phase cannot be \"over\""),
        ("phase = \"closed\"", "link = \"end\"", "line 18: link cannot be \"end\""),
        ("id = \"done\"", "id = \"asked\"", "line 14: stage asked is there twice"),
        ("id = \"done\"", "id = \"over\"", "line 24: there is no stage done"),
        ("from = [\"asked\"]", "from = [\"lost\"]", "there is no stage lost"),
        ("from = [\"asked\"]", "from = [1]", "line 27: from must be a list of texts"),
        ("from = [\"asked\"]", "from = []", "line 27: from is empty"),
        (
            "to = \"done\"",
            "to = \"done\"\nneeds = [{ guard = \"is_reporter\" }]",
            "line 8: only its reporter can lead out of asked",
        ),
        ("to = \"asked\"", "", "line 19: ask makes a matter and must have a to"),
        ("phase = \"closed\"", "phase = \"open\"", "line 14: no way leads out of done"),
        ("to = \"done\"", "", "line 14: no way leads to done"),
        ("n = 3", "n = 0", "line 13: n must be"),
        ("n = 3", "n = 4000000000", "line 13: n must be a whole number, 1 to 8784"),
        ("n = 3", "from = \"standard\"", "line 13: a limit has either"),
        ("kind = \"work_day\"", "kind = \"week\"", "kind cannot be \"week\""),
        ("to = \"done\"", "to = \"done\"\ndoes = [\"fly\"]", "line 24: unknown effect: fly"),
        ("to = \"done\"", "to = \"done\"\nneeds = [{ guard = \"luck\" }]", "unknown guard: luck"),
        ("to = \"done\"", "to = \"done\"\nneeds = [{ n = 1 }]", "line 29: guard is missing"),
        (
            "to = \"done\"",
            "to = \"done\"\nneeds = [{ guard = \"record_is\", field = \"no\", value = \"x\" }]",
            "not in the record",
        ),
        (
            "to = \"done\"",
            "to = \"done\"\nneeds = [{ guard = \"record_is\", field = \"ok\", value = \"x\" }]",
            "ok has no option x",
        ),
        (
            "to = \"done\"",
            "to = \"done\"\nneeds = [{ guard = \"is_reporter\", n = 1.5 }]",
            "the parameter n must be text or a whole number",
        ),
        (
            "to = \"done\"",
            "to = \"done\"\ntell = [{ who = \"moon\", notice = \"x\" }]",
            "unknown person to tell: moon",
        ),
        ("value = \"no\"", "value = \"yes\"", "a choice has two or more different options"),
        ("kind = \"choice\"", "kind = \"text\"", "a choice has two or more"),
        ("phase = \"closed\"", "phase = \"closed\"\ndisclose = [\"all\"]", "unknown thing"),
    ];
    for (from, to, reason) in cases {
        let told = said(from, to);
        assert!(told.contains(reason), "{from} → {to}: {told}");
    }
}

#[test]
fn a_clock_that_cannot_do_what_it_is_for_is_told_with_its_line() {
    let word = "id = \"word\"";
    let limit = "limit = { kind = \"urgent_hour\", n = 24 }";
    let cases = [
        ("clock = \"answer\"", "clock = \"moon\"", "line 8: there is no clock moon"),
        ("clock = \"answer\"", "clock = \"moon\"", "line 37: no stage has the clock answer"),
        ("clock = \"answer\"", "clock = \"word\"", "word has a limit of its own"),
        ("stops = [\"word\"]", "", "line 40: no move stops the clock word"),
        ("starts = [\"word\"]", "", "line 40: no move starts the clock word"),
        ("starts = [\"word\"]", "starts = [\"song\"]", "line 19: there is no clock song"),
        ("stops = [\"word\"]", "stops = [\"song\"]", "line 32: there is no clock song"),
        ("stops = [\"word\"]", "stops = [\"answer\"]", "line 32: answer runs at stages"),
        ("stops = [\"word\"]", "stops = [\"word\"]\nstarts = [\"word\"]", "both start and stop"),
        ("to = \"done\"", "to = \"done\"\nstarts = [\"word\"]", "ends the matter and can start"),
        ("stops = [\"word\"]", "drops = [\"song\"]", "line 32: there is no clock song"),
        ("stops = [\"word\"]", "drops = [\"answer\"]", "call does not leave the stages timed by"),
        (word, "id = \"answer\"", "clock answer is there twice"),
        (limit, "limit = { kind = \"urgent_hour\" }", "line 43: the limit of a clock has kind"),
        (limit, "limit = { kind = \"week\", n = 1 }", "kind cannot be \"week\""),
        (
            limit,
            "limit = { kind = \"work_day\", n = 8785 }",
            "line 43: n must be a whole number, 1",
        ),
        ("to = \"done\"", "to = \"done\"\nresumes = true", "line 24: answer resumes a clock and"),
        ("stops = [\"word\"]", "stops = [\"word\"]\nresumes = true", "line 32: call resumes"),
        ("to = \"asked\"", "to = \"asked\"\nresumes = true", "line 19: ask resumes a clock"),
        ("to = \"done\"", "to = \"done\"\nresumes = 1", "resumes must be"),
        (limit, "when = [{ guard = \"is_reporter\" }]", "can have no when"),
        (limit, &format!("{limit}\nwhen = [{{ guard = \"moon\" }}]"), "unknown guard: moon"),
    ];
    for (from, to, reason) in cases {
        let told = said(from, to);
        assert!(told.contains(reason), "{from} → {to}: {told}");
    }
}

#[test]
fn the_first_contact_is_timed_beside_the_stages() {
    let process = appeal();
    let contact = process.clock("contact").unwrap();
    assert_eq!(contact.limit, Some(Limit { kind: LimitKind::UrgentHour, n: 24 }));
    let acts = |turns: fn(&Move) -> &Vec<String>| -> BTreeSet<&str> {
        let turning = process.moves.iter().filter(|by| turns(by).iter().any(|id| id == "contact"));
        turning.map(|by| by.act.as_str()).collect()
    };
    assert_eq!(acts(|by| &by.starts), ["report"].into());
    let spoken = ["contact", "reply", "sign"];
    assert_eq!(acts(|by| &by.stops), spoken.into());
    let open = process.stages.iter().filter(|stage| !stage.phase.is_final());
    for stage in open {
        assert_eq!(process.candidates("contact", &stage.id).len(), 1, "{}", stage.id);
    }
    for (lang, said) in [("zh", "停止首次联系"), ("en", "stops: First contact")] {
        assert!(process.svg(lang).contains(said), "{lang}");
    }
}

#[test]
fn sent_back_to_work_the_clock_of_the_handler_goes_on() {
    let process = appeal();
    let resumes = process.moves.iter().filter(|by| by.resumes).map(|by| by.act.as_str());
    assert_eq!(resumes.collect::<Vec<_>>(), ["unaccept", "rework"], "reopened, a limit anew");
    let mut ways = process.outline("zh").into_iter().flat_map(|(_, ways)| ways);
    assert!(ways.any(|way| way.title.ends_with("（时限接着算）")));
    let told = process.differences(&changed("resumes = true\n", "").unwrap());
    let only = [MovePart::Resumes];
    let of = |one: &_| matches!(one, Difference::MoveChanged { parts, .. } if *parts == only);
    assert!(!told.is_empty() && told.iter().all(of), "{told:?}");
}

#[test]
fn each_guard_is_given_what_it_takes_and_nothing_else() {
    let cases = [
        ("at_most_every", "", "lacks the parameter hours"),
        ("at_most_every", "hour = 24", "takes no parameter hour"),
        ("at_most_every", "hours = 0", "must be 1 to 720, not 0"),
        ("at_most_every", "hours = \"day\"", "must be a whole number"),
        ("reopen_window", "", "lacks the parameter days"),
        ("reopen_window", "days = 0", "must be 1 to 365"),
        ("record_is", "value = \"yes\"", "lacks the parameter field"),
        ("record_is", "field = \"ok\"", "lacks the parameter value"),
        ("record_is", "field = \"ok\", value = 1", "must be text"),
        ("photos_at_least", "field = \"ok\", n = 1", "which is choice, not photos"),
        ("photos_at_least", "field = \"ok\"", "lacks the parameter n"),
        ("is_reporter", "who = \"me\"", "takes no parameter who"),
        ("moon", "", "unknown guard: moon"),
    ];
    for (guard, params, reason) in cases {
        let more = if params.is_empty() { String::new() } else { format!(", {params}") };
        let call = format!("to = \"done\"\nneeds = [\n  {{ guard = \"{guard}\"{more} }},\n]\n");
        let text = SMALL.replace("to = \"done\"\n", &call);
        let told = Process::parse(&text, &KNOWN).unwrap_err();
        let line = 1 + text.lines().position(|l| l.contains("{ guard")).unwrap();
        assert!(
            told.iter().any(|p| p.line == line && p.reason.en.contains(reason)),
            "{guard} {params}: line {line}, {reason}: {told:?}"
        );
    }
}

#[test]
fn two_moves_of_one_act_must_be_told_apart() {
    let again = "\n[[move]]\nact = \"answer\"\ntitle = { zh = \"答\", en = \"A\" }\n\
                 from = [\"asked\"]\nto = \"done\"\n";
    let told = Process::parse(&format!("{SMALL}{again}"), &KNOWN).unwrap_err();
    assert!(told[0].reason.en.contains("cannot be told from an earlier one"), "{}", told[0]);
    let when = "when = [{ guard = \"record_is\", field = \"ok\", value = \"no\" }]\n";
    let first = SMALL.replace("to = \"done\"\n", &format!("to = \"done\"\n{when}"));
    assert!(Process::parse(&format!("{first}{again}"), &KNOWN).is_ok());
}

#[test]
fn no_stage_and_no_beginning_are_told() {
    for text in ["", "x = 1", "[procedure]\n", "procedure = 3", "[[stage]]\n"] {
        assert!(!Process::parse(text, &KNOWN).unwrap_err().is_empty(), "{text}");
    }
    let head = SMALL.split("[[stage]]").next().unwrap();
    let told = Process::parse(head, &KNOWN).unwrap_err();
    assert_eq!(told.len(), 2, "{told:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}") {
        let _ = Process::parse(&text, &KNOWN);
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(
        at in 0usize..20_000, cut in 0usize..40, put in "\\PC{0,3}"
    ) {
        let chars: Vec<char> = SMALL.chars().collect();
        let at = at % chars.len();
        let end = (at + cut).min(chars.len());
        let (head, tail) = (chars[..at].iter(), chars[end..].iter());
        let text: String = head.copied().chain(put.chars()).chain(tail.copied()).collect();
        match Process::parse(&text, &KNOWN) {
            Ok(process) => {
                prop_assert!(process.creating().is_some());
                let _ = process.svg("zh");
            }
            Err(problems) => {
                let last = text.lines().count().max(1) + 1;
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|p| p.line >= 1 && p.line <= last));
            }
        }
    }
}

/// With what the program that runs it cannot do without.
const NEEDS: Known = Known {
    fields: &[("set_body", "body", FieldKind::Body)],
    acts: &[("report", true), ("follow_grid", false)],
    ..KNOWN
};

fn changed(from: &str, to: &str) -> Result<Process, Vec<Problem>> {
    assert!(APPEAL.contains(from), "{from}");
    Process::parse(&APPEAL.replacen(from, to, 1), &NEEDS)
}

#[test]
fn what_the_program_needs_of_a_procedure_is_asked_of_it() {
    let body = "{ name = \"body\", kind = \"body\", required = true";
    for (from, to, says) in [
        (body, "{ name = \"body\", kind = \"text\", required = true", "set_body"),
        ("act = \"follow_grid\"", "act = \"follow\"", "follow_grid"),
    ] {
        let told = changed(from, to).unwrap_err();
        assert!(told.iter().any(|p| p.reason.en.contains(says) && p.line > 1), "{told:?}");
    }
}

#[test]
fn the_case_loop_without_what_it_stands_on_is_refused_with_its_line() {
    let told = |text: &str| Process::parse(text, &NEEDS).unwrap_err();
    let line = |text: &str, of: &str| 1 + text.lines().position(|l| l == of).expect("a line");
    let moves = |text: &str, act: &str| -> Vec<usize> {
        let heads = text.lines().zip(text.lines().skip(1)).enumerate();
        let named = format!("act = \"{act}\"");
        heads
            .filter(|(_, (head, of))| *head == "[[move]]" && *of == named)
            .map(|(n, _)| n + 1)
            .collect()
    };
    // Nobody but the reporter ends the handling where there is no answer and no other body.
    let block = |text: &str, act: &str| {
        let at = text.find(&format!("[[move]]\nact = \"{act}\"")).unwrap();
        let rest = &text[at + 1..];
        let end = rest.find("\n\n").map_or(text.len(), |n| at + 1 + n);
        format!("{}{}", &text[..at], &text[end..])
    };
    let stuck = block(&block(APPEAL, "answer"), "redispatch");
    let stage = line(&stuck, "id = \"handling\"") - 1;
    let says = told(&stuck);
    let of_stage = |p: &Problem| p.line == stage && p.reason.en.contains("only its reporter");
    assert!(says.iter().any(of_stage), "{says:?}");
    let empty = APPEAL.replacen("from = [\"dispatched\"]", "from = []", 1);
    assert!(told(&empty).iter().any(|p| p.line == line(&empty, "from = []")), "{empty}");
    for act in ["rate", "reopen", "withdraw", "dispute"] {
        for at in moves(APPEAL, act) {
            let guard = "{ guard = \"is_reporter\" }";
            let mut lines: Vec<String> = APPEAL.lines().map(str::to_owned).collect();
            let needs = (at..).find(|n| lines[*n].starts_with("needs = ")).unwrap();
            assert!(lines[needs].contains(guard), "{act}: {}", lines[needs]);
            lines[needs] = lines[needs].replace(&format!("{guard}, "), "").replace(guard, "");
            let says = told(&lines.join("\n"));
            let of_move = |p: &Problem| p.line == at && p.reason.en.contains("its reporter's own");
            assert!(says.iter().any(of_move), "{act} on line {at}: {says:?}");
        }
    }
}

#[test]
fn what_another_version_changes_is_told() {
    let old = appeal();
    assert_eq!(old.differences(&old), []);
    let accept = |n: u8| format!("clock = \"accept\", kind = \"work_hour\", n = {n}");
    let limit = changed(&accept(2), &accept(4)).unwrap();
    let told = old.differences(&limit);
    let Some(Difference::LimitChanged { of, .. }) = told.first() else { panic!("{told:?}") };
    assert_eq!((of.en.as_str(), told.len()), ("To be accepted", 1));
    let contact = changed("kind = \"urgent_hour\", n = 24", "kind = \"urgent_hour\", n = 12");
    let told = old.differences(&contact.unwrap());
    assert!(matches!(&told[..], [Difference::LimitChanged { .. }]), "{told:?}");
    let called = changed("首次联系", "首次回应").unwrap();
    let told = old.differences(&called);
    let [Difference::ClockRenamed { before, after }] = &told[..] else { panic!("{told:?}") };
    assert!(before.zh.contains("首次联系") && after.zh.contains("首次回应"), "{told:?}");
    let from = "from = [\"awaiting_dispatch\", \"returned\", \"reopened\"]";
    let more = from.replace(']', ", \"reported\"]");
    let new = changed(from, &more).unwrap();
    assert!(matches!(&old.differences(&new)[..], [Difference::WayAdded { from: Some(_), .. }]));
    assert!(matches!(&new.differences(&old)[..], [Difference::WayGone { from: Some(_), .. }]));
    let guard = changed("needs = [{ guard = \"body_has_duty\" }]", "needs = []").unwrap();
    let told = old.differences(&guard);
    let needs = [MovePart::Needs];
    assert!(matches!(&told[..], [Difference::MoveChanged { parts, .. }] if *parts == needs));
}
