//! Files that a test writes when `UPDATE_GOLDEN=1` is set and compares otherwise.

use std::path::{Path, PathBuf};

/// The folder of the whole project: tests run in that of their crate, wherever they were built.
pub fn root() -> PathBuf {
    Path::new("../..").canonicalize().unwrap()
}

/// The file at `path` (from the project's folder) holds exactly `text`.
pub fn holds(path: &str, text: &str) {
    let full = root().join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&full).unwrap_or_default();
    if found == text {
        return;
    }
    let differs = found
        .lines()
        .zip(text.lines())
        .position(|(old, new)| old != new)
        .unwrap_or_else(|| found.lines().count().min(text.lines().count()));
    panic!(
        "{path} differs from line {}:\n  stands: {}\n  should: {}\nUPDATE_GOLDEN=1 rewrites it; \
         read the difference before you keep it",
        differs + 1,
        found.lines().nth(differs).unwrap_or("(end)"),
        text.lines().nth(differs).unwrap_or("(end)"),
    );
}
