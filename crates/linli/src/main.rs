//! The one binary.

use std::process::ExitCode;

/// A request makes and drops hundreds of short texts; this allocator is quicker at that than the
/// one of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    linli::app::cli::main()
}
