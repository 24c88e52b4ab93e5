//! Files of a year's notice.

use super::{Calendar, read};
use crate::time::Day;

fn data(name: &str) -> Option<String> {
    let folder = std::env::var("LINLI_DATA").ok()?;
    std::fs::read_to_string(format!("{folder}/calendars/{name}")).ok()
}

#[test]
fn the_files_that_circulate_say_what_is_shipped() {
    let shipped = Calendar::shipped();
    for (name, years) in [("chinese-days.json", 2004..=2026), ("holidays.ics", 2024..=2026)] {
        let Some(text) = data(name) else {
            println!("SKIP-DATA: calendars/{name}");
            continue;
        };
        for year in years {
            let found = read(&text, year);
            assert!(found.is_good(), "{name} {year}: {:?}", found.problems);
            let kinds = |calendar: &Calendar| {
                let days = calendar.days_of(year);
                days.map(|(day, _)| (day, calendar.is_working_day(day))).collect::<Vec<_>>()
            };
            assert_eq!(kinds(&found.calendar), kinds(&shipped), "{name} {year}");
            assert!(found.elsewhere > 0);
        }
        let found = read(&text, 2027);
        assert!(!found.is_good() && found.off.is_empty(), "2027 is in no file yet");
    }
}

#[test]
fn what_is_read_is_kept_as_it_was() {
    let found = read("2027-01-01,放假,元旦\n2027-01-10\t调休上班\t元旦", 2027);
    assert!(found.is_good(), "{:?}", found.problems);
    let kept = found.calendar.year_json(2027).unwrap();
    assert_eq!(Calendar::from_json(&kept).unwrap(), found.calendar);
    assert!(!found.calendar.is_working_day(Day::new(2027, 1, 1).unwrap()));
    assert!(found.calendar.is_working_day(Day::new(2027, 1, 10).unwrap()));
    assert_eq!(read(&kept, 2027).calendar, found.calendar, "our own form is read as well");
}

#[test]
fn each_line_that_cannot_be_is_named_with_its_number() {
    let text = "日期,类型,名称\n2027-02-30,放假,x\n2027-01-01,也许,元旦\n2027-01-04,上班,元旦\n\
                2027-01-01,放假,元旦\n2027-01-01,放假,元旦\n";
    let found = read(text, 2027);
    let lines: Vec<usize> = found.problems.iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [2, 3, 4, 6], "{:?}", found.problems);
    let event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20270101\nSUMMARY:元旦\n\
                 END:VEVENT\nBEGIN:VEVENT\nSUMMARY:元旦(休)\nEND:VEVENT\nEND:VCALENDAR";
    let lines: Vec<usize> = read(event, 2027).problems.iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [4, 7]);
}

#[test]
fn a_file_with_too_little_in_it_raises_doubts() {
    let doubts = read("2027-05-01,放假,劳动节", 2027).doubts;
    assert!(doubts.iter().any(|doubt| doubt.en.starts_with("only 1 days off")), "{doubts:?}");
    assert_eq!(doubts.iter().filter(|doubt| doubt.en.contains("statutory")).count(), 5);
    let before = read("2024-05-01,放假,劳动节", 2024).doubts;
    assert_eq!(before.iter().filter(|doubt| doubt.en.contains("statutory")).count(), 4);
    for text in ["", "{", "{\"holidays\": 1}", "BEGIN:VCALENDAR", "\u{0}"] {
        assert!(!read(text, 2027).is_good(), "{text:?}");
    }
}

#[test]
fn a_day_that_is_guessed_at_is_none() {
    let event = |rest: &str| {
        let head = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦(休)";
        read(&format!("{head}\n{rest}\nEND:VEVENT\nEND:VCALENDAR"), 2027)
    };
    for good in [
        "DTSTART:20270101",
        "DTSTART:20270101\nDTEND:20270101",
        "DTSTART:20270101T000000\nDTEND:20270102T000000",
    ] {
        assert_eq!(event(good).off.len(), 1, "{good}");
    }
    for bad in [
        // Midnight in China, told in UTC: the day of before.
        "DTSTART:20261231T160000Z",
        "DTSTART:+0270101",
        "DTSTART:20270103\nDTEND:20270101",
        "DTSTART:20270101\nDTEND:soon",
    ] {
        let found = event(bad);
        assert_eq!((found.off.len(), found.problems.len()), (0, 1), "{bad}");
    }
    // A first line with a number in it is no titles.
    for slip in ["2027-13-01,放假,元旦\n2027-01-02,放假", "+2027-1-1,放假\n2027-01-02,放假"]
    {
        assert_eq!(read(slip, 2027).problems.first().map(|bad| bad.line), Some(1), "{slip}");
    }
}

#[test]
fn a_holiday_has_one_name_of_some_letters() {
    let two = r#"{"holidays": {"2027-01-01": "New Year,元旦", "2027-01-02": "1 January,元旦"}}"#;
    let found = read(two, 2027);
    let kept = found.calendar.year_json(2027).unwrap();
    assert_eq!(Calendar::from_json(&kept).unwrap(), found.calendar);
    let long = format!("2027-01-01,放假,{}", "长".repeat(81));
    assert_eq!(read(&long, 2027).problems.first().map(|bad| bad.line), Some(1));
}
