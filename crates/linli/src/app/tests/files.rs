//! Files that are named at the terminal: what cannot be read is told in words, under the limits
//! that the same file has in the browser, and nothing of the district is changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use super::*;
use crate::testing::contents;

/// What reads a file, with the most bytes it takes.
const READERS: [(&[&str], u64); 6] = [
    (&["check"], 64 << 10),
    (&["process", "adopt"], 64 << 10),
    (&["calendar", "--year", "2027"], 1 << 20),
    (&["import", "--kind", "cases"], 64 << 20),
    (&["import", "--kind", "classes"], 64 << 20),
    (&["import", "--kind", "boundaries", "--system", "wgs84"], 4 << 20),
];

/// The district without what is kept of files that were looked at.
fn kept(world: &World) -> BTreeMap<String, String> {
    let mut all = world.read(contents);
    all.remove("import_run");
    all
}

fn run(world: &World, words: &[&str], file: &Path) -> Result<(bool, String), Fault> {
    let (dir, file) = (world.dir().display().to_string(), file.display().to_string());
    let line = [&["linli"], words, &["--dir", &dir, &file]].concat();
    let cli = Cli::try_parse_from(line).unwrap_or_else(|e| panic!("{e}"));
    let mut out = Vec::new();
    let good = super::super::cli::run(cli.command, Lang::Zh, &mut out)?;
    Ok((good, String::from_utf8(out).unwrap()))
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_every_command_that_reads_one() {
    with_district(|world| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("folder")).unwrap();
        let wrong: [(&str, &[u8], &str); 5] = [
            ("nothing", b"", ""),
            ("latin", b"caf\xe9", "既不是 UTF-8，也不是 GB 18030"),
            ("utf16", b"\xff\xfet\0=\x001\0", "UTF-16"),
            ("program", b"\x7fELF\x02\x01\0\0", "文件"),
            ("page", b"<html></html>", ""),
        ];
        for (name, bytes, _) in wrong {
            std::fs::write(at(name), bytes).unwrap();
        }
        let before = kept(world);
        for (words, most) in READERS {
            for (name, _, said) in wrong {
                let (good, told) = run(world, words, &at(name)).unwrap();
                assert!(!good && !told.trim().is_empty(), "{words:?} {name}: {told}");
                assert!(told.contains(said), "{words:?} {name}: {told}");
            }
            for name in ["folder", "none"] {
                let fault = run(world, words, &at(name)).unwrap_err();
                assert_eq!(fault.code(), Some("no_such_file"), "{words:?} {name}: {fault}");
                assert!(fault.to_string().contains(name), "{fault}");
            }
            File::create(at("huge")).unwrap().set_len(most + 1).unwrap();
            let (good, told) = run(world, words, &at("huge")).unwrap();
            assert!(!good && told.contains("文件太大，最多"), "{words:?}: {told}");
            File::create(at("just")).unwrap().set_len(most).unwrap();
            let (good, told) = run(world, words, &at("just")).unwrap();
            assert!(!good && !told.contains("文件太大"), "{words:?}: {told}");
            assert!(kept(world) == before, "{words:?} changed something");
        }
    });
}

#[test]
fn a_table_comes_back_with_its_problems_at_the_terminal_too() {
    with_district(|world| {
        let folder = tempfile::tempdir().unwrap();
        let (file, book) = (folder.path().join("a.csv"), folder.path().join("problems.xlsx"));
        let rows = (0..80).map(|n| format!("{n},灯坏了,去年\n")).collect::<String>();
        std::fs::write(&file, format!("编号,内容,时间\n{rows}")).unwrap();
        let to = book.display().to_string();
        let words = ["import", "--kind", "cases", "--problems", &to];
        let (good, told) = run(world, &words, &file).unwrap();
        assert!(!good && told.contains("还有 30 条说明没有列出"), "{told}");
        let given = std::fs::read(&book).unwrap();
        let sheets = crate::table::sheets(&given).unwrap();
        let marked =
            sheets[0].rows.iter().filter(|row| format!("{row:?}").contains("不是日期时间"));
        assert_eq!(marked.count(), 80, "each row has its problem");
        let mode = std::os::unix::fs::PermissionsExt::mode(&book.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let again = run(world, &words, &file).unwrap_err();
        assert_eq!(again.code(), Some("there_already"));
        assert_eq!(std::fs::read(&book).unwrap(), given, "nothing is written over");
        let ground = ["import", "--kind", "boundaries", "--system", "wgs84", "--problems", &to];
        let (good, told) = run(world, &ground, &file).unwrap();
        assert!(!good && told.contains("--problems"), "{told}");
    });
}
