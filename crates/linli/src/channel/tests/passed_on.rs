//! Words that a program passes on for somebody else are not what its holder says.

use serde_json::Value;

use super::api::get;
use super::open311::{error, report, reported, update};
use super::{CLERK_KEY, KEY, Told, Town, with_town};

/// A comment by the clerk's program; `more` names who wrote it.
fn comment(town: &Town<'_>, number: &str, words: &str, more: &[(&str, &str)]) -> Told {
    let sent = [&[("status", "open"), ("description", words)], more].concat();
    update(town, CLERK_KEY, number, &sent)
}

/// Act and maker of the line that holds these words, as the office reads it.
fn line(town: &Town<'_>, number: &str, words: &str) -> (String, String) {
    let number = number.to_owned();
    let sql = "select e.move, e.actor_label from entry e join matter t on t.id = e.matter_id
               where t.number = $1 and (e.said = $2 or e.noted = $2 or e.facts like $3)";
    let like = format!("%{words}%");
    let words = words.to_owned();
    let found = town.world.read(move |tx| {
        tx.row(sql, crate::params![number, words, like], |row| Ok((row.get(0)?, row.get(1)?)))
    });
    found.unwrap_or_else(|| panic!("no such line"))
}

fn makers(told: &Value) -> Vec<String> {
    let all = told["timeline"].as_array().unwrap().iter();
    all.map(|step| step["by"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_reporter_adds_by_an_offices_program_is_theirs_and_marked_as_passed_on() {
    with_town(|town| {
        let told = report(town, &[("api_key", CLERK_KEY), ("first_name", "小川")]);
        let number = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let named = [("first_name", "小川"), ("last_name", "赵")];
        // The case lies with the clerk's own committee, whose word on it would be a reply.
        let twice = [&named[..], &[("update_id", "9")]].concat();
        let told = comment(town, &number, "又灭了一盏", &twice);
        assert_eq!(told.status, 200, "{}", told.text());
        let entries = town.count("entry");
        assert_eq!(comment(town, &number, "又灭了一盏", &twice).text(), told.text());
        assert_eq!(town.count("entry"), entries, "sent again it is once");
        let passed_on = ("add_info".to_owned(), "转来：测试".to_owned());
        assert_eq!(line(town, &number, "又灭了一盏"), passed_on);
        let shown = get(town, CLERK_KEY, &format!("/cases/{number}")).json();
        assert!(makers(&shown).contains(&"经“测试”转来".to_owned()), "{shown}");
        // Whatever state the app sends beside it, it is no reply, no answer and no signature.
        for (status, words) in [("in_progress", "还是没人来"), ("fixed", "修好了，谢谢")]
        {
            let told = update(
                town,
                CLERK_KEY,
                &number,
                &[&[("status", status), ("description", words)], &named[..]].concat(),
            );
            assert_eq!(told.status, 200, "{}", told.text());
            assert_eq!(line(town, &number, words), passed_on);
        }
        let again = [&[("status", "reopen"), ("description", "又坏了")], &named[..]].concat();
        assert_eq!(error(&update(town, CLERK_KEY, &number, &again)).0, 403);
        // What names no writer is what the office itself says.
        let told = comment(town, &number, "我们看过了", &[]);
        assert_eq!(told.status, 200, "{}", told.text());
        let (act, by) = line(town, &number, "我们看过了");
        assert!(act == "reply" && !by.starts_with("转来"), "{act} {by}");
        let answer = get(town, CLERK_KEY, &format!("/cases/{number}")).json();
        assert!(!answer["answer"].to_string().contains("又灭了一盏"), "{answer}");
    });
}

#[test]
fn words_for_a_case_that_came_another_way_are_not_passed_on() {
    with_town(|town| {
        let number = reported(town);
        let told = comment(town, &number, "邻居说还亮着", &[("first_name", "小川")]);
        assert_eq!(told.status, 200, "{}", told.text());
        let (_, by) = line(town, &number, "邻居说还亮着");
        assert!(!by.starts_with("转来"), "{by}");
        // Of a case that is another's own, a resident's program passes on nothing.
        let told = report(town, &[("api_key", CLERK_KEY)]);
        let theirs = told.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let sent = [("status", "open"), ("description", "也坏了"), ("first_name", "小川")];
        assert_eq!(error(&update(town, KEY, &theirs, &sent)).0, 403);
    });
}
