//! The terminal: what an operator types. Errors say what to do.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::manager::Manager;
use super::usage::{self, Spoken};
use super::{check, demo, duty_holders, help, init, opening, serve, upgrade};
use crate::base::{Clock, Fault, typed};
use crate::calendar;
use crate::channel::{export, sheet};
use crate::district::Config;

use crate::words::Lang;
use crate::{keep, procedure, record, territory};

/// 邻里 Linli: the open-source operating system of a community.
#[derive(Parser)]
#[command(name = "linli", version, about, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(flatten)]
    spoken: Spoken,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve one or more districts until interrupted.
    Serve {
        /// The folder of a district; may be given several times.
        #[arg(long, env = "LINLI_DIR", required = true)]
        dir: Vec<PathBuf>,
        /// Address and port. Put a reverse proxy with TLS in front before opening it to others.
        #[arg(long, env = "LINLI_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Where the service manager listens.
        #[arg(long, env = "NOTIFY_SOCKET", hide = true)]
        notify: Option<OsString>,
        /// How long it waits for a sign of life, in microseconds.
        #[arg(long, env = "WATCHDOG_USEC", hide = true)]
        watchdog: Option<u64>,
    },
    /// Make a new district from the shipped division table.
    Init(init::Asked),
    /// Make the invented demo district, or leave it as it is when it is there.
    Demo {
        /// The folder of the demo; it is made when it is not there.
        #[arg(long)]
        dir: PathBuf,
        /// `postgres://…?schema=NAME` instead of an SQLite file in the folder.
        #[arg(long)]
        store: Option<String>,
        /// The address people will use.
        #[arg(long)]
        address: Option<String>,
    },
    /// Check a procedure file before it is used.
    Check(check::Check),
    /// Check the public record and every recorded row against it.
    Verify {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// The public key as printed under /log/key.
        #[arg(long)]
        key: Option<String>,
        /// Checkpoints kept elsewhere.
        #[arg(long)]
        seen: Vec<PathBuf>,
    },
    /// Look whether everything is in order, and say what to do.
    Doctor {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Mend what is safe to mend.
        #[arg(long)]
        fix: bool,
        /// One JSON object, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Back up a district, while it is served, to a folder or a .tar.gz.
    Backup {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Where to: a folder that is not there yet, or a name that ends in .tar.gz.
        #[arg(long)]
        to: PathBuf,
    },
    /// Restore a backup into a new folder and verify it.
    Restore {
        /// A folder that is not there yet or is empty; the district will be in it.
        #[arg(long)]
        dir: PathBuf,
        /// The backup: a folder or a .tar.gz that `linli backup` wrote.
        #[arg(long)]
        from: PathBuf,
        /// Checkpoints kept elsewhere, to see whether the backup is older.
        #[arg(long)]
        seen: Vec<PathBuf>,
    },
    /// Bring the database to this version of the program.
    Migrate {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy a district to another database and compare the two.
    Copy {
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
        /// Where to: an SQLite file that is not there yet, or `postgres://…?schema=NAME`.
        #[arg(long)]
        to: String,
        /// Use the copy from now on.
        #[arg(long)]
        switch: bool,
    },
    /// Check a file row by row, and with --adopt take over all of it or nothing.
    Import(sheet::command::Import),
    /// Look at a year's holidays in a file, and with --adopt take them over; or list the years.
    Calendar(calendar::command::Take),
    /// Take a list, or the whole district, along as open files.
    Export(export::command::Export),
    /// The procedure of a district: see the one in force, adopt another version.
    #[command(subcommand)]
    Process(procedure::command::Command),
    /// Accounts of staff and keys of programs.
    #[command(subcommand)]
    Admin(super::admin::Admin),
    /// Print the settings of a district as they are understood, without passwords and tokens.
    Config {
        /// `dump`, which is all there is to do and may be left out.
        #[arg(value_parser = ["dump"], hide_possible_values = true)]
        what: Option<String>,
        /// The folder of the district.
        #[arg(long, env = "LINLI_DIR")]
        dir: PathBuf,
    },
    /// Ask a running server whether it is ready; exit code 0 when it is.
    Healthcheck {
        /// The address and port it listens on.
        #[arg(long, env = "LINLI_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages of all commands into a folder.
    Man {
        /// The folder; it is made when it is not there.
        #[arg(long)]
        to: PathBuf,
    },
}

/// Runs the command line; 0 when it went well, 1 when not.
pub fn main() -> ExitCode {
    let line = typed::line();
    let spoken = Spoken::lang_of(&line);
    let cli = match read(&line, spoken) {
        Ok(cli) => cli,
        Err(error) => return mistyped(&error, spoken),
    };
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    // Colours are for a screen; in a file or a journal they would be noise.
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_max_level(filter).with_ansi(colours);
    log.with_writer(std::io::stderr).init();
    let lang = cli.lang();
    // What is written of a district is read by its own account alone.
    if !matches!(cli.command, Command::Man { .. }) {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    }
    match run(cli.command, lang, &mut std::io::stdout()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Who reads no further, as `head`, has what they wanted.
        Err(fault) if fault.code() == Some("broken_pipe") => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{}", told(&fault, lang));
            ExitCode::FAILURE
        }
    }
}

/// What was typed, read by the commands that have their help in this language.
fn read(line: &[OsString], lang: Lang) -> Result<Cli, clap::Error> {
    let mut command = help::command(lang);
    let found = command.try_get_matches_from_mut(line)?;
    Cli::from_arg_matches(&found).map_err(|error| error.format(&mut command))
}

/// Tells what was typed wrong, or the help that was asked for.
fn mistyped(error: &clap::Error, lang: Lang) -> ExitCode {
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    match usage::told(error, lang) {
        Some(told) => eprintln!("{told}"),
        // Nobody is left to be told that this could not be printed.
        None => drop(error.print()),
    }
    ExitCode::from(code)
}

impl Cli {
    pub(super) fn lang(&self) -> Lang {
        self.spoken.lang()
    }
}

/// What to do, where the operator can do something, and then what happened, to the letter.
pub(super) fn told(fault: &Fault, lang: Lang) -> String {
    let advice = fault.code().and_then(|code| lang.find(&format!("app.fault.{code}")));
    let advice = advice.unwrap_or_else(|| lang.say("app.fault.other"));
    format!("linli: {advice}\n  {fault}")
}

/// Does what was typed; false when it was refused or something is not in order, and then it has
/// been told.
pub(super) fn run(command: Command, lang: Lang, out: &mut dyn Write) -> Result<bool, Fault> {
    match command {
        Command::Serve { dir, listen, notify, watchdog } => {
            let districts = opening::open(&dir, &Clock::default())?;
            // A link is good only where it is us who listen.
            let listener = serve::listen(listen)?;
            for district in districts.iter() {
                serve::invite(district, Some(listen), lang, out)?;
            }
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let manager = Arc::new(Manager::at(notify.as_deref(), watchdog)?);
            let served = runtime.block_on(serve::serve(districts.clone(), listener, manager));
            // Work that was begun is finished, and then nobody writes any more.
            drop(runtime);
            served.and_then(|()| serve::finish(&districts))?;
        }
        Command::Init(asked) => {
            let district = init::district(&asked)?;
            let (code, name) = (&asked.division, &district.config.name);
            writeln!(out, "{code} {name}: {}", asked.dir.display())?;
            serve::invite(&district, None, lang, out)?;
        }
        Command::Demo { dir, store, address } => {
            demo::run(&dir, &demo::Asked { store, address })?;
            demo::tell_personas(lang, out)?;
        }
        Command::Check(asked) => return asked.run(lang, out),
        Command::Verify { dir, key, seen } => {
            let asked = record::cli::Asked { key, seen, lang };
            return Ok(record::cli::verify(&dir, &asked, out)?.is_clean());
        }
        Command::Doctor { dir, fix, json } => {
            let asked = keep::doctor::Asked { fix, json, lang };
            let checks = keep::doctor::run(&dir, asked, out)?;
            return Ok(checks.iter().all(|c| c.grade != keep::doctor::Grade::Bad));
        }
        Command::Backup { dir, to } => drop(keep::backup::run(&dir, &to, lang, out)?),
        Command::Restore { dir, from, seen } => {
            let asked = keep::restore::Asked { from, seen, lang };
            return Ok(keep::restore::run(&dir, &asked, out)?.report.is_clean());
        }
        Command::Migrate { dir, dry_run } => upgrade::run(&dir, dry_run, lang, out)?,
        Command::Copy { dir, to, switch } => {
            keep::copy::run(&dir, &keep::copy::Asked { to, switch, lang }, out)?;
        }
        Command::Admin(asked) => return asked.run(lang, out),
        Command::Process(asked) => return asked.run(&super::wiring()?, lang, out),
        Command::Import(asked) => {
            let wiring = (&super::wiring()?, duty_holders::hanging as territory::HangingOn);
            return asked.run(wiring, lang, out);
        }
        Command::Calendar(asked) => return asked.run(&super::wiring()?, lang, out),
        Command::Export(asked) => return asked.run(&super::wiring()?, lang, out),
        Command::Config { dir, what: _ } => {
            let text = toml::to_string(&Config::read(&dir)?.without_secrets());
            out.write_all(text.map_err(|e| Fault::new(e.to_string()))?.as_bytes())?;
        }
        Command::Healthcheck { listen } => ask_ready(listen)?,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "linli", &mut text);
            out.write_all(&text)?;
        }
        Command::Man { to } => {
            std::fs::create_dir_all(&to)?;
            clap_mangen::generate_to(Cli::command(), &to)?;
        }
    }
    Ok(true)
}

/// Asks a server whether it is ready; an answer that is no yes is told, and so is none.
fn ask_ready(listen: SocketAddr) -> Result<(), Fault> {
    let wait = std::time::Duration::from_secs(3);
    let silent = |e: std::io::Error| {
        Fault::new(format!("{listen} does not answer: {e}")).known_as("not_answering")
    };
    let mut stream = std::net::TcpStream::connect_timeout(&listen, wait).map_err(silent)?;
    stream.set_read_timeout(Some(wait)).map_err(silent)?;
    // In one piece: who answers the first of several and hangs up would break the rest.
    let asked = format!("GET /readyz HTTP/1.0\r\nHost: {listen}\r\n\r\n");
    stream.write_all(asked.as_bytes()).map_err(silent)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(silent)?;
    let answer = String::from_utf8_lossy(&answer);
    let said = answer.split_once("\r\n\r\n").map_or("", |(_, said)| said.trim());
    if answer.starts_with("HTTP/1.0 200") {
        // Of several districts some may not be.
        if !["", "ok"].contains(&said) {
            eprintln!("{said}");
        }
        return Ok(());
    }
    let line = answer.lines().next().unwrap_or_default();
    let said = if said.is_empty() { String::new() } else { format!("; {said}") };
    Err(Fault::new(format!("{listen} is not ready: {line}{said}")))
}
