//! Synthetic participants over the real protocols: they redeem guest links, hold a room's socket,
//! open a media session with one offer, publish VP8 and Opus, and count what arrives.

mod fanout;
mod process;
mod publisher;
mod session;
mod signalling;

use clap::{Parser, Subcommand};

/// Plays participants against a running SZPoN and reports what they cost the server.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// One publisher (1.15 Mbit/s VP8 in 1,200-byte packets, and Opus), N subscribers, one room.
    /// Prints the server's CPU time per forwarded packet and memory per participant.
    Fanout(fanout::Fanout),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let outcome = match Cli::parse().scenario {
        Scenario::Fanout(fanout) => fanout.run().await,
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("loadtest: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
