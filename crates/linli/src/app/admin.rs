//! `linli admin`: the first accounts of a district, from its own machine.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;

use super::{init, wiring};
use crate::act::{Actor, Order};
use crate::base::{Clock, Fault, Id};
use crate::district::District;
use crate::people::acts::CreatePost;
use crate::people::admin;
use crate::territory;

/// What an operator may do with accounts.
#[derive(Subcommand)]
pub enum Admin {
    /// Open an account and print its one-time password; with --post also a post and its holder.
    Add {
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        #[arg(long)]
        username: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// A kind of post over the whole district, such as security_admin.
        #[arg(long)]
        post: Option<String>,
    },
    /// Give an account a new one-time password.
    Reset {
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        #[arg(long)]
        username: String,
    },
}

/// Carries it out. The password is printed once and kept nowhere.
pub fn run(asked: Admin, out: &mut dyn Write) -> Result<(), Fault> {
    let open = |dir: &PathBuf| District::open(dir, Clock::default(), &wiring()?);
    match asked {
        Admin::Add { dir, username, name, post } => {
            let district = Arc::new(open(&dir)?);
            let (_, password) =
                admin::create(&district, &username, &name, None).map_err(init::said)?;
            if let Some(kind) = post {
                let post = make_post(&district, &kind)?;
                admin::appoint(&district, &username, post).map_err(init::said)?;
            }
            writeln!(out, "{username} {password}")?;
        }
        Admin::Reset { dir, username } => {
            let password = admin::reset(&open(&dir)?, &username).map_err(init::said)?;
            writeln!(out, "{username} {password}")?;
        }
    }
    Ok(())
}

/// A post of this kind over the whole district.
fn make_post(district: &Arc<District>, kind: &str) -> Result<Id, Fault> {
    let code = district.config.code.clone();
    let root = district
        .store()
        .read_blocking(move |tx| territory::place_by_code(tx, &code))
        .map_err(|e| Fault::new(e.to_string()))?
        .ok_or_else(|| Fault::new("the district has no place yet"))?;
    let act = CreatePost {
        id: district.new_id(),
        kind: kind.to_owned(),
        title: format!("{}{kind}", root.name),
        place_id: root.id,
        place_path: root.path,
        body: None,
        contact: None,
    };
    let order = Order::new(district.new_id(), act);
    let made = district.door.perform_blocking(&Actor::operator(), order);
    Ok(made.map_err(init::said)?.outcome)
}
