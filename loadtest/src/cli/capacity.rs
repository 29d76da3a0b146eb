//! `loadtest capacity`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{
    report::{self, Report, table},
    scenario::{Capacity as Plan, STEADY_PERCENT, Scenario},
};

use super::{CliError, Output, connect::Connect, verdict};

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
        let Some(plan) = scenario.capacity.clone() else {
            let text = format!("{} has no [capacity]", self.scenario);
            return Err(CliError::Usage(text));
        };
        let what = plan.group.clone().unwrap_or_else(|| "rooms".into());
        let (from, to) = (self.from.unwrap_or(plan.from), self.to.unwrap_or(plan.to));
        let choice = self.connect.choice()?;
        let mut bench = self.connect.bench()?;
        let mut steps: Vec<(u32, Report)> = Vec::new();
        let mut search = Search::new(from.max(1), to.max(from).max(1), plan.factor);
        while let Some(load) = search.next() {
            let report = bench.play(&choice, &scenario.with_load(&plan, load))?;
            tell(load, &what, &report);
            search.result(load, report.passes());
            steps.push((load, report));
        }
        steps.sort_by_key(|(load, _)| *load);
        let titles: Vec<String> = steps.iter().map(|(load, _)| load.to_string()).collect();
        let mut reports: Vec<Report> = steps.into_iter().map(|(_, report)| report).collect();
        println!("\n{}", table(&titles, &report::rows(&reports)));
        match (search.good, search.broken) {
            (Some(good), Some(broken)) => {
                println!("knee: {good} {what} are kept, {broken} are not")
            }
            (Some(good), None) => println!("no knee up to {good} {what}"),
            (None, _) => println!("already the smallest load breaks a threshold"),
        }
        let mut kept = search.good.is_some();
        if let Some(good) = search.good {
            let load = (good * STEADY_PERCENT / 100).max(1);
            let report = bench.play(&choice, &steady(&scenario, &plan, load))?;
            println!("\n{STEADY_PERCENT}% of it:\n{}", report.to_text());
            kept = report.passes();
            reports.push(report);
        }
        self.output.write(&reports, &[])?;
        Ok(verdict(kept))
    }
}

fn tell(load: u32, what: &str, report: &Report) {
    let broken = report.broken();
    if broken.is_empty() {
        println!("{load} {what}: kept");
    } else {
        println!("{load} {what}: broken: {}", broken.join(", "));
    }
    report.warnings().iter().for_each(|warning| println!("  WARNING: {warning}"));
}

/// The scenario with a load that a server carries all day, and what must hold then.
fn steady(scenario: &Scenario, plan: &Plan, load: u32) -> Scenario {
    let mut steady = scenario.with_load(plan, load);
    steady.title = format!("{} at {STEADY_PERCENT}% of the knee", steady.title);
    if !plan.steady.is_empty() {
        steady.thresholds = plan.steady;
    }
    // Time enough for rare delays.
    steady.seconds = steady.seconds.max(20);
    steady
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

    #[test]
    fn seventy_per_cent_is_judged_by_its_own_thresholds() {
        let scenario = Scenario::find("webinar").unwrap();
        let mut plan = scenario.capacity.clone().unwrap();
        let plain = steady(&scenario, &plan, 70);
        assert_eq!(plain.thresholds.loss_percent, scenario.thresholds.loss_percent);
        assert_eq!(plain.participants(), 71);
        plan.steady.latency_p99_ms = Some(2.0);
        let strict = steady(&scenario, &plan, 70);
        assert_eq!(strict.thresholds.latency_p99_ms, Some(2.0));
        assert_eq!(strict.thresholds.loss_percent, None);
    }
}
