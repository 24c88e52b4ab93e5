//! What is no backup, or no whole one, is told as that, and leaves nothing where it was to go.

use super::*;

/// Restores it to nowhere yet; the code of the fault that comes of it.
fn refused(from: &Path, home: &Path) -> &'static str {
    let fault = restore::run(home, &restoring(from), &mut Vec::new()).map(drop).unwrap_err();
    assert!(!home.exists(), "{fault}");
    let beside = home.with_file_name(format!("{}.part", home.file_name().unwrap().display()));
    assert!(!beside.exists(), "{fault}");
    fault.code().unwrap_or_else(|| panic!("{fault}"))
}

/// What is done to a backup, and how it is refused then.
type Spoil<'s> = (&'s dyn Fn(&Path), &'s str);

#[test]
fn a_damaged_backup_is_not_restored() {
    both_engines(|world| {
        let folder = tempfile::tempdir().unwrap();
        let newer = |backup: &Path| {
            let list = backup.join("manifest.json");
            let text = std::fs::read_to_string(&list).unwrap();
            let newer = text.replacen("\"format\": 1", "\"format\": 99", 1);
            assert_ne!(newer, text);
            std::fs::write(list, newer).unwrap();
        };
        let spoil: [Spoil<'_>; 6] = [
            (
                &|backup| std::fs::write(backup.join("district.toml"), "name = 'x'").unwrap(),
                "no_backup",
            ),
            (&|backup| std::fs::write(backup.join("more.txt"), "more").unwrap(), "no_backup"),
            (&|backup| std::fs::remove_file(backup.join("linli.db")).unwrap(), "no_backup"),
            (&|backup| std::fs::remove_file(backup.join("manifest.json")).unwrap(), "no_backup"),
            (&|backup| std::fs::write(backup.join("manifest.json"), "{").unwrap(), "no_backup"),
            (&newer, "newer_backup"),
        ];
        for (n, (spoil, code)) in spoil.iter().enumerate() {
            let to = folder.path().join(format!("backup{n}"));
            back_up(world, &to);
            spoil(&to);
            assert_eq!(refused(&to, &folder.path().join(format!("home{n}"))), *code, "{n}");
        }
    });
}

#[test]
fn a_file_that_is_no_backup_is_told_as_that() {
    both_engines(|world| {
        let folder = tempfile::tempdir().unwrap();
        let (at, home) = (|name: &str| folder.path().join(name), folder.path().join("home"));
        back_up(world, &at("whole.tar.gz"));
        let whole = std::fs::read(at("whole.tar.gz")).unwrap();
        std::fs::create_dir(at("empty")).unwrap();
        for (name, bytes) in [
            ("nothing.tar.gz", &b""[..]),
            ("latin.tar.gz", b"caf\xe9"),
            ("half.tar.gz", &whole[..whole.len() / 2]),
            ("table.csv", b"a,b"),
        ] {
            std::fs::write(at(name), bytes).unwrap();
            assert_eq!(refused(&at(name), &home), "no_backup", "{name}");
        }
        assert_eq!(refused(&at("empty"), &home), "no_backup");
        for name in ["none", "none.tar.gz"] {
            assert_eq!(refused(&at(name), &home), "no_such_file", "{name}");
        }
        for lang in [Lang::Zh, Lang::En] {
            for code in ["no_backup", "newer_backup"] {
                assert!(lang.find(&format!("app.fault.{code}")).is_some(), "{code}");
            }
        }
    });
}
