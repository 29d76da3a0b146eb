//! `loadtest compare`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{
    limit::{self, Cipher, LimitOptions},
    report::{Report, Row, table},
    scenario::Scenario,
};

use super::{CliError, Output, connect::Connect};

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
        let mut connected = self.connect.open()?;
        let mut scenarios: Vec<Scenario> = self
            .subscribers
            .iter()
            .map(|subscribers| Scenario::fanout(*subscribers, self.seconds.max(1)))
            .collect();
        if self.meeting > 1 {
            scenarios.push(Scenario::meeting(self.meeting, self.seconds.max(1)));
        }
        let mut limits = Vec::new();
        let mut reports: Vec<Report> = Vec::new();
        for scenario in &scenarios {
            let report = connected.runtime.block_on(connected.player.play(scenario))?;
            eprintln!("{}", report.to_text());
            // The same cipher as the server chose, at the same time of the same machine.
            let long = report.srtp_profiles.iter().any(|profile| profile.contains("256"));
            limits.push(limit::measure(&LimitOptions {
                receivers: scenario.participants() as usize,
                seconds: 2,
                packet_bytes: 1_200,
                batch: FRAME,
                cipher: if long { Cipher::Aes256Gcm } else { Cipher::Aes128Gcm },
                sender_core: connected.server_core,
                receiver_core: connected.client_core,
            })?);
            reports.push(report);
        }
        let titles: Vec<String> = reports.iter().map(|report| report.title.clone()).collect();
        let columns: Vec<Vec<String>> = reports.iter().map(Report::column).collect();
        let mut rows: Vec<Row> = Report::COLUMN
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let cells = columns.iter().map(|column| column[n].clone()).collect();
                ((*name).to_owned(), cells)
            })
            .collect();
        let limit = limits.iter().map(|limit| format!("{:.2}", limit.us_per_packet)).collect();
        rows.insert(2, ("limit µs per packet".into(), limit));
        let times = reports.iter().zip(&limits).map(|(report, limit)| {
            report.server.map_or("-".into(), |server| {
                format!("{:.1}", server.cpu_us_per_packet / limit.us_per_packet)
            })
        });
        rows.insert(3, ("times the limit".into(), times.collect()));
        println!("{}", table(&titles, &rows));
        self.output.write(&reports)?;
        Ok(ExitCode::SUCCESS)
    }
}
