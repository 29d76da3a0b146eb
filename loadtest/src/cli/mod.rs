//! Subcommands and options.

mod capacity;
mod compare;
mod connect;
mod limit;
mod run;

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use szpon_loadtest::{
    engine::EngineError,
    limit::LimitError,
    machine::Machine,
    report::{self, Comparison, Report},
    run::RunError,
    scenario::{SHIPPED, Scenario, ScenarioError},
    server::ServerError,
    signalling::SignallingError,
};

/// Plays synthetic participants against a media server and reports what it was like for them and
/// what it cost the server.
///
/// Participants are real WebRTC clients (ICE, DTLS, SRTP, RTCP), each with an address and port of its
/// own, all in one thread. They publish VP8, VP9, H.264 or AV1 with valid headers and keyframes and
/// Opus from the encoder, ask again for what is lost, and count what arrives. Nothing is decoded, so
/// that hundreds of participants fit on one core; how much the tester itself used is part of each
/// report.
///
/// Exit code: 0 when every threshold is kept, 1 when one is broken, 2 when something could not be
/// run. While it runs there is a line each second on stderr; reports go to stdout, and with --json
/// and --html to files.
///
/// Examples:
///
///   loadtest run webinar meeting --szpon ./szpon --server-cores 0 --client-cores 1 --html report.html
///
///   loadtest run course --url http://127.0.0.1:8080 --email official@office.example --server-pid 4711
///
///   loadtest run webinar --whip 'http://host/whip/{room}' --whep 'http://host/whep/{room}'
///
///   loadtest capacity meetings --szpon ./szpon --server-cores 0 --client-cores 1
///
///   loadtest compare --szpon ./szpon --start-janus /usr/bin/janus --server-cores 0 --client-cores 1
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Plays scenarios one after another and checks their thresholds.
    ///
    /// A scenario is the name of a shipped one (see `loadtest scenarios`) or the path of a TOML
    /// file.
    Run(run::Run),
    /// Raises the load of a scenario until a threshold breaks, and says where (the knee).
    ///
    /// The scenario's `[capacity]` says what grows: a group, or the number of rooms. After the
    /// first broken step, the load between the last good and the first broken one is halved a few
    /// times. At the end it plays 70% of the good load, and the exit code says whether what
    /// `[capacity.steady]` asks for (or else the scenario's thresholds) held then.
    Capacity(capacity::Capacity),
    /// Measures what no server can do better here: encrypt each packet once per receiver and send
    /// it in the best batched way (UDP_SEGMENT), and nothing else.
    ///
    /// Needs no server. Prints CPU time per packet of the sending thread.
    Limit(limit::Limit),
    /// 1 to 10, 1 to 50, 1 to 200 and 8 times 8 against each server that is named, and the limit, in
    /// one run: a table for each.
    Compare(compare::Compare),
    /// One publisher (1.2 Mbit/s VP8 in 1,200-byte packets, and Opus) and N subscribers in one
    /// room, without thresholds.
    Fanout(run::Fanout),
    /// Lists the shipped scenarios; with a name, prints one to start from.
    Scenarios { name: Option<String> },
}

/// Why a command could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("sign-in: {0}")]
    SignIn(#[from] SignallingError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Limit(#[from] LimitError),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the report can't be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Usage(String),
}

/// Where reports go beside the terminal.
#[derive(Debug, Args)]
struct Output {
    /// Write everything measured as JSON: `reports`, one for each run, and `limits` where there are
    /// any.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with plots that needs nothing but itself.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Output {
    fn write(&self, reports: &[Report], comparisons: &[Comparison]) -> Result<(), CliError> {
        if let Some(path) = &self.json {
            let all = serde_json::json!({
                "machine": Machine::here(),
                "reports": reports,
                "limits": comparisons,
            });
            let text = serde_json::to_string_pretty(&all)?;
            fs::write(path, text).map_err(|error| CliError::File(path.clone(), error))?;
        }
        if let Some(path) = &self.html {
            fs::write(path, report::page(reports, comparisons, &Machine::here()))
                .map_err(|error| CliError::File(path.clone(), error))?;
        }
        Ok(())
    }
}

impl Cli {
    pub fn run(self) -> Result<ExitCode, CliError> {
        match self.command {
            Command::Run(run) => run.carry_out(),
            Command::Capacity(capacity) => capacity.carry_out(),
            Command::Limit(limit) => limit.carry_out(),
            Command::Compare(compare) => compare.carry_out(),
            Command::Fanout(fanout) => fanout.carry_out(),
            Command::Scenarios { name } => scenarios(name.as_deref()),
        }
    }
}

fn scenarios(name: Option<&str>) -> Result<ExitCode, CliError> {
    match name {
        None => {
            for (name, _) in SHIPPED {
                let scenario = Scenario::find(name)?;
                println!("{name:<16} {} ({} people)", scenario.title, scenario.participants());
            }
        }
        Some(name) => match SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            Some((_, text)) => print!("{text}"),
            None => return Err(ScenarioError::Unknown { name: name.to_owned() }.into()),
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn verdict(passes: bool) -> ExitCode {
    if passes { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn options_fit_together() {
        Cli::command().debug_assert();
    }
}
