//! SZPoN in one binary. See `szpon --help`.

use std::process::ExitCode;

use clap::Parser;
use szpon::cli::Cli;

fn main() -> ExitCode {
    szpon::run(Cli::parse())
}
