//! The terminal: what an operator types.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::serve;
use crate::base::{Clock, Fault};

/// 邻里 Linli: the open-source operating system of a community.
#[derive(Parser)]
#[command(name = "linli", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve one or more districts until interrupted.
    Serve {
        /// The folder of a district; may be given several times.
        #[arg(long, env = "LINLI_DIR", required = true)]
        dir: Vec<PathBuf>,
        /// Address and port. Put a reverse proxy with TLS in front before opening it to others.
        #[arg(long, env = "LINLI_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
}

/// Runs the command line; 0 when it went well, 1 when not.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::filter::LevelFilter::INFO;
    tracing_subscriber::fmt().with_max_level(filter).with_writer(std::io::stderr).init();
    match run(cli.command) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("linli: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    match command {
        Command::Serve { dir, listen } => {
            let districts = serve::open(&dir, &Clock::default())?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(serve::serve(districts, listen))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
