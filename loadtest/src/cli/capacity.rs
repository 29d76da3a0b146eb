//! `loadtest capacity`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{
    report::{Report, Row, table},
    scenario::Scenario,
};

use super::{CliError, Output, connect::Connect};

/// How often the distance between the last good and the first broken load is halved.
const HALVINGS: u32 = 2;

#[derive(Debug, Args)]
pub struct Capacity {
    /// A shipped scenario, or the path of a TOML file.
    scenario: String,
    /// Begin with this load instead of what the scenario says.
    #[arg(long)]
    from: Option<u32>,
    /// Go no higher.
    #[arg(long)]
    to: Option<u32>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Capacity {
    pub fn carry_out(self) -> Result<ExitCode, CliError> {
        let scenario = Scenario::find(&self.scenario)?;
        let Some(capacity) = scenario.capacity.clone() else {
            let text = format!("{} has no [capacity]", self.scenario);
            return Err(CliError::Usage(text));
        };
        let what = capacity.group.clone().unwrap_or_else(|| "rooms".into());
        let (from, to) = (self.from.unwrap_or(capacity.from), self.to.unwrap_or(capacity.to));
        let mut connected = self.connect.open()?;
        let mut steps: Vec<(u32, Report)> = Vec::new();
        let mut search = Search::new(from.max(1), to.max(from).max(1), capacity.factor);
        while let Some(load) = search.next() {
            let scaled = scenario.with_load(&capacity, load);
            let report = connected.runtime.block_on(connected.player.play(&scaled))?;
            let broken: Vec<&str> =
                report.checks.iter().filter(|c| c.is_broken()).map(|c| c.name).collect();
            let doubtful = report.warnings();
            let state = if broken.is_empty() {
                "kept".into()
            } else {
                format!("broken: {}", broken.join(", "))
            };
            println!("{load} {what}: {state}");
            doubtful.iter().for_each(|warning| println!("  WARNING: {warning}"));
            search.result(load, broken.is_empty());
            steps.push((load, report));
        }
        steps.sort_by_key(|(load, _)| *load);
        let titles: Vec<String> = steps.iter().map(|(load, _)| load.to_string()).collect();
        let columns: Vec<Vec<String>> = steps.iter().map(|(_, report)| report.column()).collect();
        let rows: Vec<Row> = Report::COLUMN
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let cells = columns.iter().map(|column| column[n].clone()).collect();
                ((*name).to_owned(), cells)
            })
            .collect();
        println!("\n{}", table(&titles, &rows));
        match (search.good, search.broken) {
            (Some(good), Some(broken)) => {
                println!("knee: {good} {what} are kept, {broken} are not")
            }
            (Some(good), None) => println!("no knee up to {good} {what}"),
            (None, _) => println!("already the smallest load breaks a threshold"),
        }
        let reports: Vec<Report> = steps.into_iter().map(|(_, report)| report).collect();
        self.output.write(&reports)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Upwards by a factor, then halving.
struct Search {
    to: u32,
    factor: f64,
    next: Option<u32>,
    good: Option<u32>,
    broken: Option<u32>,
    halvings: u32,
}

impl Search {
    fn new(from: u32, to: u32, factor: f64) -> Self {
        Self { to, factor, next: Some(from), good: None, broken: None, halvings: 0 }
    }

    fn next(&self) -> Option<u32> {
        self.next
    }

    fn result(&mut self, load: u32, kept: bool) {
        if kept {
            self.good = Some(load);
        } else {
            self.broken = Some(load);
        }
        self.next = match (self.good, self.broken) {
            (None, _) => None,
            (Some(good), None) if good >= self.to => None,
            (Some(good), None) => {
                let raised = (f64::from(good) * self.factor).ceil() as u32;
                Some(raised.max(good + 1).min(self.to))
            }
            (Some(good), Some(broken)) => {
                self.halvings += 1;
                let middle = good.midpoint(broken);
                (self.halvings <= HALVINGS && middle > good && middle < broken).then_some(middle)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(knee: u32, from: u32, to: u32) -> (Option<u32>, Option<u32>, usize) {
        let mut search = Search::new(from, to, 1.5);
        let mut steps = 0;
        while let Some(load) = search.next() {
            search.result(load, load <= knee);
            steps += 1;
            assert!(steps < 50);
        }
        (search.good, search.broken, steps)
    }

    #[test]
    fn the_knee_is_between_the_two() {
        let (good, broken, _) = find(777, 50, 3_000);
        assert!(good.unwrap() <= 777 && broken.unwrap() > 777);
        assert!(broken.unwrap() - good.unwrap() < 150);
    }

    #[test]
    fn the_ends_are_no_knee() {
        assert_eq!(find(10, 50, 100), (None, Some(50), 1));
        let (good, broken, _) = find(1_000, 50, 100);
        assert_eq!((good, broken), (Some(100), None));
    }
}
