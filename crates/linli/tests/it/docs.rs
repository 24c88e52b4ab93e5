//! Documents that follow from the program: the duty list as a table, each procedure as a drawing.

use std::fmt::Write as _;

use linli::affairs::appeal;
use linli::disclosure::shipped;
use linli::district::Processes;
use linli::words::Lang;

use crate::golden;
use crate::source::files;

#[test]
fn the_duty_list_stands_in_the_documents() {
    let list = shipped::parse(shipped::TEXT).unwrap();
    let processes = Processes::new(&[appeal::kind().unwrap()]);
    let mut out = String::from(
        "# Duty list (权责清单)\n\nWritten from `crates/linli/data/duties.toml` by a test. A district \
         begins with it and changes its own copy.\n",
    );
    for post in &list.post {
        let id = post.id.get_ref();
        let _ = writeln!(out, "\n## {} · {} (`{id}`)\n", post.title.zh, post.title.en);
        out.push_str("| act | 事项 | scope | 范围 | legal ground |\n|---|---|---|---|---|\n");
        for duty in list.duty.iter().filter(|duty| duty.post.get_ref() == id) {
            let (act, scope) = (&duty.act, duty.scope.get_ref());
            let what = processes.act_title(act, Lang::Zh);
            let reach = Lang::Zh.say(&format!("duty.scope.{scope}"));
            let _ = writeln!(out, "| `{act}` | {what} | `{scope}` | {reach} | {} |", duty.ground);
        }
    }
    out.push_str("\n## Walls\n\n| act | when | unless | legal ground |\n|---|---|---|---|\n");
    for wall in &list.wall {
        let (when, unless) = (wall.when.get_ref(), wall.unless_scope.get_ref());
        let _ = writeln!(out, "| `{}` | `{when}` | {unless} | {} |", wall.act, wall.ground);
    }
    golden::holds("docs/powers.md", &out);
}

#[test]
fn each_procedure_is_drawn() {
    let affairs = golden::root().join("crates/linli/src/affairs");
    let found: Vec<_> = files(&affairs, "toml")
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "process.toml"))
        .collect();
    assert!(!found.is_empty(), "no procedure is found");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let process = linli::affairs::appeal::parse(&text).unwrap();
        for lang in ["zh", "en"] {
            let drawing = process.svg(lang);
            golden::holds(&format!("docs/processes/{}.{lang}.svg", process.id), &drawing);
        }
    }
}

#[test]
fn what_the_scripts_of_the_pages_listen_to_is_described() {
    let web = golden::root().join("web");
    let described = std::fs::read_to_string(web.join("README.md")).unwrap();
    let scripts = files(&web.join("script"), "js");
    assert!(scripts.len() > 10, "the scripts are found");
    for path in scripts {
        let text = std::fs::read_to_string(&path).unwrap();
        for found in text.split("[data-").skip(1) {
            let name = |c: char| c.is_ascii_lowercase() || c == '-';
            let end = found.find(|c| !name(c)).unwrap_or(found.len());
            let attribute = format!("data-{}", &found[..end]);
            let told = described.contains(&attribute);
            assert!(told, "{attribute} of {} is not in web/README.md", path.display());
        }
    }
}

/// The third column of the glossary is what to look for in the code; a word that is there no more
/// sends its reader astray.
#[test]
fn what_the_glossary_calls_things_is_what_the_code_calls_them() {
    let mut code = String::new();
    for (below, ending) in [("crates", "rs"), ("crates/linli", "sql"), ("crates/linli", "toml")] {
        for path in files(&golden::root().join(below), ending) {
            code.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let glossary = std::fs::read_to_string(golden::root().join("docs/glossary.md")).unwrap();
    let columns = glossary.lines().filter_map(|line| line.split('|').nth(3));
    let words = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    let (words, gone): (Vec<&str>, Vec<&str>) = words.partition(|word| code.contains(word));
    assert!(words.len() > 60, "{words:?}");
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn the_guide_has_the_sections_that_the_program_sends_to() {
    let guides =
        [("en", "docs/operating.md", ", ", ')'), ("zh", "docs/operating.zh.md", " 的“", '”')];
    for (lang, name, before, after) in guides {
        let guide = std::fs::read_to_string(golden::root().join(name)).unwrap();
        let mark = format!("{name}{before}");
        let mut sent = 0;
        for path in files(&golden::root().join("crates/linli/messages").join(lang), "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            for found in text.split(&mark).skip(1) {
                let section = found.split(after).next().unwrap();
                let title = format!("\n## {section}\n");
                assert!(guide.contains(&title), "{name} has no section {section:?}");
                sent += 1;
            }
        }
        assert!(sent > 2, "{sent} sentences of {lang} send to {name}");
    }
}
