//! The one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    linli::app::cli::main()
}
