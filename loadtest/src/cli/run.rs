//! `loadtest run` and `loadtest fanout`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{report::Report, scenario::Scenario};

use super::{CliError, Output, connect::Connect, verdict};

#[derive(Debug, Args)]
pub struct Run {
    /// Names of shipped scenarios, or paths of TOML files.
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// Measure for so many seconds instead of what the scenario says.
    #[arg(long)]
    seconds: Option<u32>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Run {
    pub fn carry_out(self) -> Result<ExitCode, CliError> {
        // All are read before anything begins.
        let mut scenarios = self
            .scenarios
            .iter()
            .map(|name| Scenario::find(name))
            .collect::<Result<Vec<_>, _>>()?;
        for scenario in &mut scenarios {
            scenario.seconds = self.seconds.unwrap_or(scenario.seconds).max(1);
        }
        play(&self.connect, &self.output, &scenarios)
    }
}

#[derive(Debug, Args)]
pub struct Fanout {
    #[arg(long, default_value_t = 10)]
    subscribers: u32,
    /// How long to measure, in seconds, after everybody receives.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Fanout {
    pub fn carry_out(self) -> Result<ExitCode, CliError> {
        let scenario = Scenario::fanout(self.subscribers, self.seconds.max(1));
        play(&self.connect, &self.output, &[scenario])
    }
}

fn play(connect: &Connect, output: &Output, scenarios: &[Scenario]) -> Result<ExitCode, CliError> {
    let choice = connect.choice()?;
    let mut bench = connect.bench()?;
    let mut reports: Vec<Report> = Vec::new();
    for scenario in scenarios {
        let report = bench.play(&choice, scenario)?;
        println!("{}", report.to_text());
        reports.push(report);
        // What was measured stays, even if a later scenario can't be run.
        output.write(&reports, &[])?;
    }
    Ok(verdict(reports.iter().all(Report::passes)))
}
