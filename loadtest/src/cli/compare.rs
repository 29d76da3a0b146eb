//! `loadtest compare`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{
    limit::{self, Cipher, LimitOptions},
    report::Comparison,
    scenario::Scenario,
};

use super::{
    CliError, Output,
    connect::{Bench, Choice, Connect},
};

/// Packets of a frame: what one subscriber gets at once.
const FRAME: usize = 4;

#[derive(Debug, Args)]
pub struct Compare {
    /// Subscribers of the rooms with one publisher.
    #[arg(long, value_delimiter = ',', default_value = "10,50,200")]
    subscribers: Vec<u32>,
    /// People of the meeting in which everybody sees everybody; 0 leaves it out.
    #[arg(long, default_value_t = 8)]
    meeting: u32,
    /// How long each is measured.
    #[arg(long, default_value_t = 15)]
    seconds: u32,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Compare {
    pub fn carry_out(self) -> Result<ExitCode, CliError> {
        let choices = self.connect.choices();
        if choices.is_empty() {
            self.connect.choice()?;
        }
        let seconds = self.seconds.max(1);
        let fanouts = self.subscribers.iter().map(|n| Scenario::fanout(*n, seconds));
        let meeting = (self.meeting > 1).then(|| Scenario::meeting(self.meeting, seconds));
        let mut bench = self.connect.bench()?;
        let mut comparisons = Vec::new();
        for scenario in fanouts.chain(meeting) {
            comparisons.push(compare(&mut bench, &choices, &scenario)?);
            let reports: Vec<_> = comparisons.iter().flat_map(Comparison::reports).collect();
            self.output.write(&reports, &comparisons)?;
        }
        for comparison in &comparisons {
            println!("{}", comparison.to_text());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One scenario against all servers, and what the machine allows at the same time.
fn compare(
    bench: &mut Bench,
    choices: &[Choice],
    scenario: &Scenario,
) -> Result<Comparison, CliError> {
    let mut reports = Vec::new();
    for choice in choices {
        let report = bench.play(choice, scenario)?;
        eprintln!("{}", report.to_text());
        reports.push(report);
    }
    // The same cipher as the servers chose.
    let long = reports.iter().flat_map(|r| &r.srtp_profiles).any(|name| name.contains("256"));
    let options = LimitOptions {
        receivers: scenario.receivers() as usize,
        seconds: 3,
        packet_bytes: 1_200,
        batch: FRAME,
        sound: false,
        cipher: if long { Cipher::Aes256Gcm } else { Cipher::Aes128Gcm },
        sender_core: bench.server_core,
        receiver_core: bench.client_core,
        awake: bench.awake,
    };
    let limit = limit::measure(&options)?;
    let limit_with_sound = limit::measure(&LimitOptions { sound: true, ..options })?;
    Ok(Comparison { title: scenario.title.clone(), limit, limit_with_sound, reports })
}
