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
fn nothing_of_a_notice_is_guessed() {
    let none: [usize; 0] = [];
    let lines = |text: &str| -> Vec<usize> {
        read(text, 2027).problems.iter().map(|bad| bad.line).collect()
    };
    assert_eq!(lines("2027年1月1日,放假,元旦\n2027-05-01,放假,劳动节"), [1], "no title");
    assert_eq!(lines("日期,类型\n2027-05-01,放假,劳动节"), none);
    let event = |more: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:春节(休)\n{more}\nEND:VEVENT\nEND:VCALENDAR"
        )
    };
    let first = "DTSTART;VALUE=DATE:20270205";
    assert_eq!(lines(&event(&format!("{first}\nDTEND;VALUE=DATE:20270213"))), none);
    assert_eq!(lines(&event(&format!("{first}\nDTEND:2027-02-13"))), [5], "no date");
    assert_eq!(lines(&event(&format!("{first}\nDURATION:P8D"))), [5], "a length");
    assert_eq!(lines(&event("DTSTART:20270204T160000Z")), [4], "another zone");
    let cut = event(&format!("{first}\nDTEND;VALUE=DATE:20270213"));
    let good = "BEGIN:VEVENT\nSUMMARY:元旦(休)\nDTSTART:20270101\nEND:VEVENT\n";
    let cut = cut.replacen("BEGIN:VEVENT", &format!("{good}BEGIN:VEVENT"), 1);
    let cut = cut.split("END:VEVENT\nEND:VCALENDAR").next().unwrap_or_default();
    assert_eq!(lines(cut), [6], "cut off inside an event");
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
fn a_holiday_by_law_without_a_day_off_is_missed() {
    let lacks = |text: &str, year: i32| -> Vec<String> {
        read(text, year).lacks.into_iter().map(|name| name.zh).collect()
    };
    let all_but_one = ["春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"];
    assert_eq!(lacks("2027-01-01,放假,元旦", 2027), all_but_one);
    assert_eq!(lacks("2027-01-01,放假,元旦\n2027-05-03,放假,劳动节", 2027).len(), 5);
    for year in 2008..=2026 {
        let shipped = Calendar::shipped().year_json(year).unwrap();
        assert_eq!(lacks(&shipped, year), [""; 0], "{year}");
    }
    let before = Calendar::shipped().year_json(2007).unwrap();
    assert_eq!(lacks(&before, 2007), [""; 0], "three holidays came with the next year");
}
