//! The figures: each share over the very cases it is said to be of, at the desk and for everyone.

use calamine::Reader as _;
use linli_rules::measure::{Count, Measure, Tally};

use super::town::{COMMUNITY, GRID, LAMP, STALL, Town, body, entry, person};
use crate::act::Actor;
use crate::affairs::appeal::figures::store::{self, Chosen};
use crate::affairs::appeal::report::Report;
use crate::app;
use crate::base::{Id, Instant};
use crate::matter::{MATTER, Put};
use crate::testing::{World, both_engines_wired};

const HOUR: i64 = 3_600_000_000;

fn said(field: &str, text: &str) -> Put {
    Put::default().with(field, text)
}

fn spoken() -> Put {
    said("how", "phone").with("note", "约好明早去看")
}

fn rating(solved: &str, satisfied: &str) -> Put {
    said("contacted", "yes").with("solved", solved).with("satisfied", satisfied)
}

impl Town<'_> {
    fn do_all(&self, case: &Id, acts: &[(&str, &str, Put)]) {
        for (kind, act, put) in acts {
            let actor = match *kind {
                "resident" => self.resident("zhou"),
                kind => self.by(kind),
            };
            self.go(&actor, case, act, put.clone()).unwrap();
        }
    }

    /// Accepted, dispatched and signed for by the municipal works.
    fn signed(&self) -> Id {
        let case = self.report("路灯不亮").matter;
        let to = said("body", body("works").as_str()).with("reason", "权责清单第1项");
        self.do_all(
            &case,
            &[
                ("community_clerk", "accept", said("class", LAMP)),
                ("dispatcher", "dispatch", to),
                ("department_officer", "sign", Put::default()),
            ],
        );
        case
    }

    fn closed(&self) -> Id {
        let case = self.signed();
        self.do_all(
            &case,
            &[
                ("department_officer", "contact", spoken()),
                ("department_officer", "answer", said("reply", "修好了")),
                ("grid_worker", "verify", said("finding", "亮了")),
            ],
        );
        case
    }
}

/// Everything that was ever reported.
fn everything(now: Instant) -> Chosen {
    Chosen {
        fits: "t.kind = 'case'".to_owned(),
        values: Vec::new(),
        from: now.plus_days(-999),
        to: now.plus_days(1),
    }
}

fn of_body(world: &World, name: &str) -> Tally {
    let now = world.district.now();
    let cells = world.read(move |tx| store::count_by_body(tx, everything(now), now));
    let mut found = cells.into_iter().filter(|cell| cell.of == Some(body(name)));
    found.next().map(|cell| cell.tally).unwrap_or_default()
}

fn tally(world: &World) -> Tally {
    let now = world.district.now();
    let chosen = everything(now);
    let mut all = Tally::default();
    world
        .read(move |tx| store::count(tx, chosen, now))
        .into_iter()
        .for_each(|cell| all += cell.tally);
    all
}

fn share(tally: &Tally, measure: Measure) -> (u64, u64) {
    measure.share(tally).map_or((0, 0), |share| (share.k, share.n))
}

#[test]
fn every_share_is_of_the_cases_it_speaks_of() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let closed = [town.closed(), town.closed()];
        town.go(&town.resident("zhou"), &closed[0], "rate", rating("yes", "basically")).unwrap();
        let reworked = town.signed();
        town.do_all(
            &reworked,
            &[
                ("department_officer", "answer", said("reply", "修好了")),
                ("grid_worker", "rework", said("reason", "晚上还是不亮")),
            ],
        );
        let refused = town.report("不归这里").matter;
        let why = said("reason", "不在范围").with("go_to", "供电公司");
        town.go(&town.by("community_clerk"), &refused, "reject", why).unwrap();
        // Called back while it was being handled: nobody was late with it, and nobody in time.
        let withdrawn = town.signed();
        town.go(&town.resident("zhou"), &withdrawn, "withdraw", Put::default()).unwrap();
        let back = town.signed_then_sent_back();
        town.report("没有人管");
        town.world.door().clock.shift(25 * HOUR);
        let day = tally(world);
        assert_eq!((day.get(Count::Reported), day.get(Count::Withdrawn)), (7, 1));
        // Spoken to: the reporters of the two that were closed. An answer speaks to nobody, and who
        // was refused or called it back within the day is out of the share, and counted.
        assert_eq!(share(&day, Measure::Response), (2, 5));
        let out = [Count::ContactRefused, Count::ContactWithdrawn, Count::ContactClosed];
        assert_eq!(out.map(|count| day.get(count)), [1, 1, 0]);
        assert_eq!(share(&day, Measure::Filing), (5, 6));
        assert_eq!(share(&day, Measure::SentBack), (1, 5));
        assert_eq!(share(&day, Measure::Passed), (2, 3));
        assert_eq!(share(&day, Measure::Rework), (1, 3));
        assert_eq!(share(&day, Measure::Closing), (2, 4), "the withdrawn one is not to be closed");
        assert_eq!(share(&day, Measure::ClosedInTime), (2, 2));
        assert_eq!(share(&day, Measure::Solved), (1, 1));
        assert_eq!(share(&day, Measure::Satisfied), (1, 1));
        assert_eq!(share(&day, Measure::Unrated), (1, 2));
        town.world.door().clock.shift(40 * 24 * HOUR);
        let later = tally(world);
        // Four rounds of handling were over: of the two closed, and two of the reworked one, the
        // second of which nobody has done.
        assert_eq!(share(&later, Measure::Handling), (3, 4));
        assert_eq!(share(&later, Measure::HandledInTime), (3, 4));
        assert!(town.matter(&back).stage == "returned");
    });
}

impl Town<'_> {
    fn signed_then_sent_back(&self) -> Id {
        let case = self.report("路灯不亮").matter;
        let to = said("body", body("works").as_str()).with("reason", "权责清单第1项");
        self.do_all(
            &case,
            &[
                ("community_clerk", "accept", said("class", LAMP)),
                ("dispatcher", "dispatch", to),
                ("department_officer", "send_back", said("reason", "缺杆号").with("gap", "杆号")),
            ],
        );
        case
    }
}

#[test]
fn each_body_answers_for_its_own_part_of_a_case_that_went_through_many_hands() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let case = town.report("人行道上摆摊").matter;
        let to = |name: &str| said("body", body(name).as_str()).with("reason", "权责清单");
        let back = said("reason", "占道归城管").with("cited_duty", entry("order").as_str());
        let class = said("class", STALL).with("reason", "是摆摊");
        town.do_all(
            &case,
            &[
                ("community_clerk", "accept", said("class", LAMP)),
                ("dispatcher", "dispatch", to("works")),
                ("department_officer", "send_back", back),
                ("dispatcher", "reclassify", class),
                ("dispatcher", "dispatch", to("order")),
            ],
        );
        let officer = Actor {
            person: Some(person("order officer")),
            body: Some(body("order")),
            ..town.by("department_officer")
        };
        town.go(&officer, &case, "sign", Put::default()).unwrap();
        town.go(&officer, &case, "answer", said("reply", "已清走")).unwrap();
        town.go(&town.by("grid_worker"), &case, "verify", said("finding", "清了")).unwrap();
        town.go(&town.resident("zhou"), &case, "rate", rating("no", "no")).unwrap();
        assert_eq!(town.matter(&case).body, Some(body("committee")), "it is the committee's again");
        town.world.door().clock.shift(40 * 24 * HOUR);
        let of = |name: &str| {
            let all = of_body(world, name);
            let taken = (all.get(Count::Reported), all.get(Count::Accepted));
            let shares = [
                Measure::SentBack,
                Measure::HandledInTime,
                Measure::Rework,
                Measure::Solved,
                Measure::Satisfied,
            ];
            (taken, shares.map(|measure| share(&all, measure)))
        };
        assert_eq!(of("committee"), ((1, 1), [(0, 0); 5]));
        assert_eq!(of("works"), ((0, 0), [(1, 1), (0, 0), (0, 0), (0, 0), (0, 0)]));
        assert_eq!(of("order"), ((0, 0), [(0, 1), (1, 1), (0, 1), (0, 1), (0, 1)]));
        let now = world.district.now();
        let places = world.read(move |tx| store::count(tx, everything(now), now));
        let [place] = &places[..] else { panic!("one place") };
        assert_eq!(place.of, GRID);
        assert_eq!(share(&place.tally, Measure::SentBack), (1, 1), "the case, whoever has it");
        assert_eq!(share(&place.tally, Measure::Solved), (0, 1));
    });
}

#[test]
fn a_body_that_a_case_was_taken_from_is_late_only_if_its_time_was_over() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        let taken = || {
            said("class", STALL).with("body", body("order").as_str()).with("reason", "占道归城管")
        };
        let early = town.signed();
        town.do_all(&early, &[("dispatcher", "redispatch", taken())]);
        let late = town.signed();
        town.world.door().clock.shift(40 * 24 * HOUR);
        town.do_all(&late, &[("dispatcher", "redispatch", taken())]);
        let works = of_body(world, "works");
        assert_eq!(share(&works, Measure::HandledInTime), (0, 1), "the one that was overrun");
        assert_eq!(share(&works, Measure::Handling), (0, 1));
        assert_eq!(works.get(Count::Dispatched), 2);
        assert_eq!(of_body(world, "order").get(Count::Dispatched), 2, "each hand-over counts");
    });
}

#[test]
fn what_was_imported_is_counted_and_in_no_share() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.closed();
        world.tamper(MATTER, "update matter set source = 'import'", &[]);
        let all = tally(world);
        assert_eq!((all.get(Count::Reported), all.get(Count::Imported)), (1, 1));
        for measure in Measure::ALL {
            assert_eq!(share(&all, measure), (0, 0), "{measure:?}");
        }
    });
}

/// The cell of a measure in the first table.
fn shown(page: &str, name: &str) -> String {
    let row = page.split(&format!("<th scope=\"row\">{name}</th>")).nth(1).unwrap_or_default();
    let cells = row.split("</tr>").next().unwrap_or_default().split("<td").skip(1);
    let text = |cell: &str| cell.split('>').skip(1).map(|t| t.split('<').next().unwrap()).collect();
    cells.take(2).map(text).collect::<Vec<String>>().join(" ")
}

#[test]
fn each_post_has_the_figures_of_what_it_sees_for_the_month_in_the_address() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.closed();
        town.signed();
        town.report("没有人管");
        let offset = world.district.config.offset_minutes;
        let opened = world.district.now();
        let month = opened.day(offset).to_string()[..7].to_owned();
        town.world.door().clock.shift(25 * HOUR);
        let address = format!("/desk/figures?period={month}");
        let page = town.get(&town.by("district_dispatcher"), &address).text;
        assert_eq!(shown(&page, "响应率"), "33.3% 1 / 3", "{page}");
        assert!(page.contains("东关街道") && page.contains("区市政所"), "{page}");
        assert!(page.contains("收到 3 件"), "{page}");
        let officer = town.get(&town.by("department_officer"), &address).text;
        assert_eq!(shown(&officer, "响应率"), "50.0% 1 / 2", "theirs alone: {officer}");
        let clerk = town.get(&town.by("community_clerk"), &address).text;
        assert!(!clerk.contains("govuk-breadcrumbs"), "their own place is where they begin");
        assert!(clerk.contains("第一网格") && clerk.contains("收到 3 件"), "{clerk}");
        let other = town.actor("dispatcher", super::town::OTHER_STREET, "");
        let none = town.get(&other, &address).text;
        assert!(none.contains("没有收到归您查看的诉求"), "{none}");
        let below =
            town.get(&town.by("district_dispatcher"), &format!("{address}&place=990101002"));
        assert!(below.text.contains("没有收到归您查看的诉求"), "{}", below.text);
        assert!(below.text.contains("aria-current=\"page\">西河街道"), "{}", below.text);
        let past = town.get(&town.by("district_dispatcher"), "/desk/figures?period=2001-02").text;
        assert!(past.contains("2001-02 没有收到"), "{past}");
        assert!(past.contains("/desk/figures?period=2001-01"), "{past}");
        for kind in ["grid_worker", "system_admin"] {
            assert_eq!(town.get(&town.by(kind), &address).status, 404, "{kind}");
        }
        let desk = town.get(&town.by("community_clerk"), "/desk").text;
        assert!(desk.contains("href=\"/desk/figures\""));
        assert!(!town.get(&town.by("grid_worker"), "/desk").text.contains("/desk/figures"));
    });
}

#[test]
fn the_workbook_has_numerator_and_denominator_and_is_an_act() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        town.closed();
        town.world.door().clock.shift(25 * HOUR);
        let year = world.district.now().day(0).year();
        let form = [("query", format!("period={year}"))];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, of)| (*name, of.as_str())).collect();
        let got = town.send(&town.by("dispatcher"), "/desk/figures.xlsx", &form);
        assert_eq!(got.status, 200, "{}", got.text);
        let mut book =
            calamine::open_workbook_auto_from_rs(std::io::Cursor::new(got.bytes)).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        let rows: Vec<String> = sheet
            .rows()
            .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(rows[0], "分组|名称|指标|分子|分母|比率|可信范围");
        assert!(rows.iter().any(|row| row.starts_with("全部||响应率|1|1|100.0%|")), "{rows:?}");
        assert!(
            rows.iter().any(|row| row.starts_with("按办理单位|区市政所|结案率|1|1")),
            "{rows:?}"
        );
        assert_eq!(town.send(&town.by("grid_worker"), "/desk/figures.xlsx", &form).status, 404);
        assert_eq!(town.send(&town.by("community_clerk"), "/desk/figures.xlsx", &form).status, 403);
    });
}

#[test]
fn everyone_reads_the_rates_of_what_is_public_where_there_are_five() {
    both_engines_wired(&app::wiring().unwrap(), |world| {
        let town = Town::build(world);
        for _ in 0..4 {
            town.closed();
        }
        town.world.door().clock.shift(25 * HOUR);
        let rate = |page: &str| {
            let after = page.split("<dt>响应率</dt><dd>").nth(1).unwrap_or_default();
            after.split('<').next().unwrap_or_default().to_owned()
        };
        let looks = |query: &str| rate(&town.get(&town.resident("lin"), query).text);
        let few = town.get(&town.resident("lin"), "/public").text;
        assert!(few.contains("数据太少") && rate(&few).is_empty(), "{few}");
        let report = Report {
            words: "路灯不亮".to_owned(),
            class: Some(LAMP.to_owned()),
            place: Some("99010100100102".to_owned()),
            source: "web".to_owned(),
            language: "zh".to_owned(),
            owner: Some(person("zhou")),
            ..Report::default()
        };
        town.report_as(&town.resident("zhou"), "report", report).unwrap();
        town.world.door().clock.shift(25 * HOUR);
        // Asked in another way, as the figures stand for a minute.
        assert_eq!(looks("/public?place=990101001"), "80.0%（5 件）");
        assert_eq!(looks("/public?place=99010100100102"), "");
        world.tamper(MATTER, "update matter set publicity = 'private'", &[]);
        assert_eq!(looks("/public?place=990101001001"), "");
        assert!(
            town.get(
                &Actor { ..town.actor("community_clerk", COMMUNITY, "committee") },
                "/desk/figures"
            )
            .text
            .contains("响应率")
        );
    });
}
