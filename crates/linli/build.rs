//! The pages' assets come from `web/` (`node web/build.mjs`). A check of the Rust code alone must
//! not need them, so an empty folder stands in where they have not been built.

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=messages");
    println!("cargo::rerun-if-changed=schema");
    std::fs::create_dir_all("../../web/dist")
}
