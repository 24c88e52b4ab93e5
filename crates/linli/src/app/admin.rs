//! `linli admin`: accounts and keys of a district, from its own machine. Each is the act that the
//! browser performs, done by the operator.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::wiring;
use crate::act::{Actor, Done, Failure, Order};
use crate::base::{Clock, Fault, Id};
use crate::district::District;
use crate::page;
use crate::people::keys::{self, EndKey};
use crate::people::{admin, store};
use crate::words::Lang;

/// What an operator may do with accounts and keys.
#[derive(Subcommand)]
pub enum Admin {
    /// Open an account and print its one-time password; with --post also a post and its holder.
    Add {
        #[command(flatten)]
        account: Account,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// A kind of post over the whole district, such as security_admin.
        #[arg(long)]
        post: Option<String>,
    },
    /// Give an account a new one-time password.
    Reset(Account),
    /// See the accounts of staff, stop one, let it go on.
    #[command(subcommand)]
    User(User),
    /// See the keys of programs, end one.
    #[command(subcommand)]
    Key(Key),
}

#[derive(Subcommand)]
pub enum User {
    /// List the accounts of staff with their state and their posts.
    List(Folder),
    /// Stop an account; its sessions end at once.
    Suspend(Account),
    /// Let a stopped account go on.
    Resume(Account),
}

#[derive(Subcommand)]
pub enum Key {
    /// List the keys, the newest first. The keys themselves are kept nowhere.
    List(Folder),
    /// End a key; its program is refused from then on.
    End {
        #[command(flatten)]
        folder: Folder,
        /// The id that the list shows.
        #[arg(long)]
        id: String,
    },
}

#[derive(Args)]
pub struct Folder {
    /// The folder of the district.
    #[arg(long, env = "LINLI_DIR")]
    dir: PathBuf,
}

#[derive(Args)]
pub struct Account {
    #[command(flatten)]
    folder: Folder,
    /// The user name of the account.
    #[arg(long)]
    username: String,
}

impl Admin {
    fn dir(&self) -> &PathBuf {
        let folder = match self {
            Admin::Add { account, .. }
            | Admin::Reset(account)
            | Admin::User(User::Suspend(account) | User::Resume(account)) => &account.folder,
            Admin::User(User::List(folder))
            | Admin::Key(Key::List(folder) | Key::End { folder, .. }) => folder,
        };
        &folder.dir
    }

    /// Does what was typed; false when it was refused, and then the reason has been told. A
    /// password is printed once and kept nowhere.
    pub fn run(&self, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
        let district = District::open(self.dir(), Clock::default(), &wiring()?)?;
        let told = match self {
            Admin::Add { account, name, post } => {
                added(&district, &account.username, name, (post.as_deref(), lang), out)
            }
            Admin::Reset(account) => {
                let reset = admin::reset(&district, &account.username);
                reset.map(|password| one_time(&district, &account.username, &password, lang))
            }
            Admin::User(User::List(_)) => users(&district, lang),
            Admin::User(User::Suspend(account)) => stopped(&district, account, true, lang),
            Admin::User(User::Resume(account)) => stopped(&district, account, false, lang),
            Admin::Key(Key::List(_)) => all_keys(&district, lang),
            Admin::Key(Key::End { id, .. }) => end_key(&district, id, lang),
        };
        match told {
            Ok(told) => out.write_all(told.as_bytes())?,
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(failure) => {
                writeln!(out, "✗ {}", page::at_terminal(&failure, lang))?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The password is told as soon as the account is made, whatever becomes of the post: it is kept
/// nowhere, and the name is taken.
fn added(
    district: &District,
    username: &str,
    name: &str,
    (post, lang): (Option<&str>, Lang),
    out: &mut dyn Write,
) -> Done<String> {
    if let Some(kind) = post {
        admin::known_kind(district, kind)?;
    }
    let (_, password) = admin::create(district, username, name, None)?;
    let told = one_time(district, username, &password, lang);
    out.write_all(told.as_bytes()).and_then(|()| out.flush()).map_err(Fault::from)?;
    if let Some(kind) = post {
        let post = admin::make_post(district, kind)?;
        admin::appoint(district, username, post)?;
    }
    Ok(String::new())
}

/// A one-time password by itself on the first line, for whoever reads it by a program; then what it
/// is for and where.
fn one_time(district: &District, username: &str, password: &str, lang: Lang) -> String {
    let lead = lang.with("people.one_time.lead", &admin::ONE_TIME_DAYS);
    let page = format!("{}/sign-in/staff", district.config.address.trim_end_matches('/'));
    format!("{username} {password}\n{lead}\n{page}\n")
}

/// A line an account: user name, name, state, posts.
fn users(district: &District, lang: Lang) -> Done<String> {
    let mut out = String::new();
    for person in admin::list(district)? {
        let (id, now) = (person.id.clone(), district.now());
        let seats = district.store().read_blocking(move |tx| store::seats(tx, &id, now))?;
        let posts: Vec<String> = seats.into_iter().map(|seat| seat.title).collect();
        let line = [
            person.username.clone().unwrap_or_default(),
            person.full_name(&district.keys),
            lang.say(person.state()),
            posts.join(lang.pick("、", ", ")),
        ];
        out.push_str(line.join("\t").trim_end());
        out.push('\n');
    }
    Ok(out)
}

fn stopped(district: &District, account: &Account, stop: bool, lang: Lang) -> Done<String> {
    admin::suspend(district, &account.username, stop)?;
    let state = if stop { "people.state.suspended" } else { "people.state.active" };
    Ok(format!("{} {}\n", account.username, lang.say(state)))
}

/// A line a key: id, since when, state, whose, by which post, what for.
fn all_keys(district: &District, lang: Lang) -> Done<String> {
    let mut out = String::new();
    for key in district.store().read_blocking(keys::store::all)? {
        let ended = key.ended_at.is_some();
        let line = [
            key.id.to_string(),
            district.local(key.created_at),
            lang.say(if ended { "api.keys.ended" } else { "api.keys.in_use" }),
            key.username,
            key.post.unwrap_or_default(),
            key.title,
        ];
        out.push_str(&line.join("\t"));
        out.push('\n');
    }
    Ok(out)
}

fn end_key(district: &District, id: &str, lang: Lang) -> Done<String> {
    let id = Id::parse(id).ok_or(Failure::Hidden)?;
    let act = EndKey { id: id.clone() };
    district.door.perform_blocking(&Actor::operator(), Order::new(district.new_id(), act))?;
    Ok(format!("{id} {}\n", lang.say("api.keys.ended")))
}
