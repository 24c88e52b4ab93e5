//! What is read against a district: tables, boundaries, changes of the duty list.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use linli::act::{Actor, Failure, Order};
use linli::app;
use linli::base::{Clock, Id};
use linli::catalogue;
use linli::channel::sheet::Kind;
use linli::channel::sheet::check::{Content, MOST_REMARKS, check};
use linli::disclosure::acts::change::Known;
use linli::disclosure::rules::{self, Change, MOST_ROWS as MOST_DUTIES};
use linli::disclosure::seed;
use linli::district::{Config, District};
use linli::table::MOST_ROWS;
use linli::territory::acts::{CreatePlaces, NewPlace};
use linli::territory::{self, Area, import};

use super::{folder, text};

pub const CODE: &str = "990101";

/// A district with its duty list, its catalogue and two places, made once.
pub fn district() -> &'static Arc<District> {
    static DISTRICT: OnceLock<Arc<District>> = OnceLock::new();
    DISTRICT.get_or_init(|| {
        let dir = folder().join("district");
        Config::new("测试区", CODE).write(&dir).unwrap();
        let district = District::found(&dir, Clock::default(), &app::wiring().unwrap()).unwrap();
        seed(&district.door).unwrap();
        catalogue::seed::seed(&district.door).unwrap();
        let place = |code: &str, level: &str, parent: Option<&str>| NewPlace {
            code: code.to_owned(),
            level: level.to_owned(),
            name: format!("测试{code}"),
            parent: parent.map(str::to_owned),
            seat: None,
        };
        let places = vec![place(CODE, "district", None), place("990101001", "street", Some(CODE))];
        let act = CreatePlaces { under: None, places };
        let order = Order::new(Id::derived("places"), act);
        district.door.perform_blocking(&Actor::operator(), order).unwrap();
        Arc::new(district)
    })
}

/// Excel, CSV, lines of JSON, packed or not: the dry run of an import.
pub fn sheets(bytes: &[u8]) {
    for kind in Kind::ALL {
        checked(kind, bytes);
    }
}

/// A table of text in either of its two ways of writing: the same is found in both.
pub fn table(bytes: &[u8]) {
    let text = text(bytes);
    let (chinese, _, lost) = encoding_rs::GB18030.encode(&text);
    for kind in Kind::ALL {
        let mut plain = checked(kind, text.as_bytes());
        let other = checked(kind, &chinese);
        let told = |code: &str| other.report.remarks.iter().any(|remark| remark.code == code);
        // What is mostly no everyday Chinese is not guessed at.
        if lost || text.contains('\0') || told("letters_not_ours") {
            continue;
        }
        plain.file_hash.clone_from(&other.file_hash);
        if std::str::from_utf8(&chinese).is_err() {
            assert_eq!(plain, other, "{text}");
        }
    }
}

fn checked(kind: Kind, bytes: &[u8]) -> linli::channel::sheet::check::Checked {
    let checked = check(district(), kind, bytes).expect("the database holds under a sheet");
    let report = &checked.report;
    assert!(report.rows <= MOST_ROWS + 100 && report.remarks.len() <= MOST_REMARKS);
    let told = report.ok + report.changed + report.there + report.wrong;
    assert!(told >= report.rows, "{report:?}");
    let made = match &checked.content {
        Content::Cases(cases) => cases.len(),
        Content::Classes(classes) => classes.len(),
    };
    assert_eq!(report.made + report.replaced, made);
    assert!(report.is_wrong() || made + report.there > 0, "{report:?}");
    checked
}

/// Places with their boundaries, as one file, and what would become of each.
pub fn places(bytes: &[u8]) {
    let features = match import::features("file", &text(bytes)) {
        Ok(features) => features,
        Err(problem) => return assert_eq!(problem.field, "file"),
    };
    assert!((1..=import::MOST_FEATURES).contains(&features.len()));
    // Boundaries of a whole town are slow to lay over each other.
    if bytes.len() > 4000 {
        return;
    }
    let count = features.len();
    let plan = district().store().read_blocking(move |tx| {
        let within = territory::place_by_code(tx, CODE)?.ok_or(Failure::Hidden)?;
        import::plan(tx, &within, &features)
    });
    let plan = plan.expect("the database holds under a file of boundaries");
    assert_eq!(plan.rows.len(), count);
    let mut paths = BTreeSet::new();
    for row in &plan.rows {
        let named = format!("feature{}", row.number);
        assert!((1..=count).contains(&row.number));
        assert!(row.problems.iter().all(|problem| problem.field == named), "{row:?}");
        if let Some(area) = &row.area {
            assert_eq!(Area::parse(&area.geojson()).as_ref(), Ok(area));
        }
        assert!(!plan.is_right() || paths.insert(row.path.clone()), "{row:?}");
    }
}

/// A change of the duty list, as its preview hands it on: it can be made and is kept as it was
/// shown, or each row that is wrong is named.
pub fn change(bytes: &[u8]) {
    let Ok(change) = serde_json::from_slice::<Change>(bytes) else { return };
    let written = serde_json::to_vec(&change).expect("a change can be written");
    assert_eq!(serde_json::from_slice::<Change>(&written).ok().as_ref(), Some(&change));
    let cleaned = change.cleaned();
    assert_eq!(cleaned.cleaned(), cleaned);
    let parts = [
        change.ended.len(),
        change.added.len(),
        change.walls_ended.len(),
        change.walls_added.len(),
    ];
    let district = district();
    let processes = district.processes.clone();
    let known = district.store().read_blocking(move |tx| Known::read(tx, &processes));
    let (known, door) = (known.expect("the posts can be read"), district.door.clone());
    let list = district.store().read_blocking(move |tx| door.duty_list(tx));
    let list = list.expect("the list can be read");
    match rules::check(&list, &change, &known.names()) {
        Ok(()) => {
            assert!(parts.iter().all(|rows| *rows <= MOST_DUTIES));
            assert!(rules::shifts(&list.duties, &change).len() <= 2 * parts.iter().sum::<usize>());
        }
        Err(Failure::Invalid(problems)) => {
            assert!(!problems.is_empty() && problems.len() <= 20 * MOST_DUTIES);
            let row = |field: &str| field.rsplit_once('.')?.1.parse::<usize>().ok();
            for problem in problems.iter().filter(|problem| problem.field != "change") {
                let row = row(&problem.field);
                assert!(row.is_some_and(|row| row < parts[1].max(parts[3])), "{problem:?}");
            }
        }
        Err(Failure::Refused(_)) => {}
        Err(other) => panic!("{other:?}"),
    }
}
