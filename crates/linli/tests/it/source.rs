//! The program's own text, read as Rust: what the checks of style and of statements look at.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::Visit;

/// One file of the program.
pub struct Source {
    /// From the project's folder: `crates/linli/src/act/door.rs`.
    pub path: String,
    pub text: String,
    pub tree: syn::File,
    /// Lines of `#[cfg(test)]` items, first and last.
    pub test_lines: Vec<(usize, usize)>,
}

impl Source {
    /// The folder below `src` that a file of the application lies in: `act`.
    pub fn module(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("crates/linli/src/")?;
        Some(rest.split_once('/').map_or_else(|| rest.trim_end_matches(".rs"), |(dir, _)| dir))
    }

    /// Lines with their numbers, tests left out.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let tested = |n: usize| self.test_lines.iter().any(|(from, to)| (*from..=*to).contains(&n));
        (1..).zip(self.text.lines()).filter(move |(n, _)| !tested(*n))
    }
}

thread_local! {
    /// Trees belong to one thread; each test reads the text once and keeps it till the end.
    static READ: OnceCell<&'static [Source]> = const { OnceCell::new() };
    static TESTS: OnceCell<&'static [Source]> = const { OnceCell::new() };
}

/// Every file below `crates/*/src`, test files apart.
pub fn sources() -> &'static [Source] {
    READ.with(|read| *read.get_or_init(|| Box::leak(read_all(false).into_boxed_slice())))
}

/// Every file that is a test, beside the program and below `crates/*/tests`.
pub fn tests() -> &'static [Source] {
    TESTS.with(|read| *read.get_or_init(|| Box::leak(read_all(true).into_boxed_slice())))
}

fn read_all(tests: bool) -> Vec<Source> {
    let root = crate::golden::root();
    let mut out = Vec::new();
    for crate_dir in folders(&root.join("crates")) {
        let mut all = files(&crate_dir.join("src"), "rs");
        all.extend(files(&crate_dir.join("tests"), "rs"));
        let wanted = all.iter().filter(|path| is_test_file(path) == tests);
        out.extend(wanted.map(|path| read(&root, path)));
    }
    assert!(out.len() > 50, "the text is not where it is looked for");
    out
}

fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let beside = name.ends_with("tests.rs") || name == "testing.rs";
    beside || path.components().any(|part| part.as_os_str() == "tests")
}

/// The files of the application itself.
pub fn application() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.module().is_some())
}

fn read(root: &Path, path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let tree = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut tests = Tests(Vec::new());
    tests.visit_file(&tree);
    let path = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    Source { path, text, tree, test_lines: tests.0 }
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    out.sort();
    out
}

/// Every file below `dir` with this ending, in order.
pub fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut out = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path, ending));
        } else if path.extension().is_some_and(|found| found == ending) {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// First and last line of a piece of code.
pub fn lines_of(span: Span) -> (usize, usize) {
    (span.start().line, span.end().line)
}

struct Tests(Vec<(usize, usize)>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attrs = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Static(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if is_test(attrs) {
            self.0.push(lines_of(item.span()));
        } else {
            syn::visit::visit_item(self, item);
        }
    }
}

/// `#[cfg(test)]` or `#[test]`.
pub fn is_test(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| {
        attr.path().is_ident("test")
            || attr.path().is_ident("cfg")
                && attr.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}
