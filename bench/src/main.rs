//! `linli-bench`: how fast the program is, against the bare parts it is made of, in the same minute
//! on the same machine. See `docs/figures/bench.md` for what came of it.

mod bare;
mod footprint;
mod load;
mod machine;
mod rounds;
mod seed;
mod served;
mod told;
mod town;
mod words;
mod works;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use linli::base::Fault;

/// The one the program has: the ceilings are measured with nothing it does without.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "linli-bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a district with so many cases.
    Seed {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        cases: usize,
        /// `postgres://…?schema=NAME` instead of an SQLite file in the folder.
        #[arg(long)]
        store: Option<String>,
    },
    /// Measure the workloads on a district made with `seed`.
    Run {
        #[arg(long)]
        dir: PathBuf,
        /// The program to measure.
        #[arg(long)]
        linli: PathBuf,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Only these workloads: `W2`, `W3`, `W1` (with W4).
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
    },
    /// Measure what a case weighs, on a district made with `seed`.
    Footprint {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        linli: PathBuf,
        #[arg(long, default_value_t = 3)]
        seconds: u64,
    },
    /// The bare server that sets the ceilings.
    Bare {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        page: PathBuf,
        #[arg(long)]
        db: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("linli-bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Fault> {
    match command {
        Command::Seed { dir, cases, store } => seed::run(&dir, cases, store.as_deref()),
        Command::Run { dir, linli, rounds, seconds, only } => {
            let counted = told::Counted::of(&dir)?;
            let asked = rounds::Asked { dir: dir.clone(), linli, rounds, seconds, only };
            let figures = rounds::run(&asked)?;
            let now = told::Counted::of(&dir)?;
            told::print(&figures, &now);
            told::check(&figures, &counted, &now)
        }
        Command::Footprint { dir, linli, seconds } => {
            let (bytes, cases) = footprint::run(&dir, &linli, seconds)?;
            println!("{bytes:.0} bytes a case of 6 acts, over {cases} cases");
            Ok(())
        }
        Command::Bare { listen, page, db } => bare::serve(listen, &page, &db),
    }
}
