//! `loadtest limit`.

use std::process::ExitCode;

use clap::Args;
use szpon_loadtest::{
    limit::{self, Cipher, LimitOptions, LimitReport},
    pin::Cores,
    report::{Row, table},
};

use super::CliError;

#[derive(Debug, Args)]
pub struct Limit {
    /// Receivers, each with keys of its own.
    #[arg(long, default_value_t = 100)]
    receivers: usize,
    /// Packets to one receiver in one system call; several values give several columns. A frame of
    /// 1.2 Mbit/s has four packets.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16")]
    batch: Vec<usize>,
    /// Also five small packets for three batches, each alone: the sound beside 30 frames/s.
    #[arg(long)]
    sound: bool,
    /// RTP payload of a packet.
    #[arg(long, default_value_t = 1200)]
    packet_bytes: usize,
    #[arg(long, value_enum, default_value = "aes-128-gcm")]
    cipher: Cipher,
    /// How long each is measured.
    #[arg(long, default_value_t = 3)]
    seconds: u32,
    /// The sender's core.
    #[arg(long, value_name = "CORES")]
    server_cores: Option<Cores>,
    /// The receivers' core.
    #[arg(long, value_name = "CORES")]
    client_cores: Option<Cores>,
    /// Never let the receivers' thread sleep, so that the sender doesn't pay for waking it.
    #[arg(long, requires = "client_cores")]
    awake: bool,
}

impl Limit {
    pub fn carry_out(self) -> Result<ExitCode, CliError> {
        let first =
            |cores: &Option<Cores>| cores.as_ref().and_then(|cores| cores.0.first().copied());
        let mut reports = Vec::new();
        for &batch in &self.batch {
            reports.push(limit::measure(&LimitOptions {
                receivers: self.receivers,
                seconds: self.seconds.max(1),
                packet_bytes: self.packet_bytes.clamp(100, 8_000),
                batch,
                sound: self.sound,
                cipher: self.cipher,
                sender_core: first(&self.server_cores),
                receiver_core: first(&self.client_cores),
                awake: self.awake,
            })?);
        }
        print!("{}", text(&reports));
        Ok(ExitCode::SUCCESS)
    }
}

fn text(reports: &[LimitReport]) -> String {
    let titles: Vec<String> = reports.iter().map(|r| format!("batch {}", r.batch)).collect();
    let row = |name: &str, value: fn(&LimitReport) -> String| -> Row {
        (name.to_owned(), reports.iter().map(value).collect())
    };
    table(
        &titles,
        &[
            row("µs per packet", |r| format!("{:.3}", r.us_per_packet)),
            row("of it encryption", |r| format!("{:.3}", r.encrypt_us_per_packet)),
            row("receiver µs per packet", |r| format!("{:.3}", r.receive_us_per_packet)),
            row("packets", |r| r.packets.to_string()),
            row("received %", |r| format!("{:.2}", r.received_percent)),
        ],
    )
}
