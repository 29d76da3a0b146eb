//! One publisher and N subscribers in one room.

use std::{cell::RefCell, fmt, io, rc::Rc, time::Duration};

use clap::Args;
use reqwest::Client;
use szpon_protocol::media::{Source, Tile};
use tokio::task::LocalSet;

use crate::{
    process,
    session::{Counts, Session, SessionError},
    signalling::{Guest, Official, SignallingError},
};

#[derive(Args)]
pub struct Fanout {
    /// Where the server answers.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An official of the server, to make the room.
    #[arg(long)]
    email: String,
    #[arg(long, env = "SZPON_LOADTEST_PASSWORD")]
    password: String,
    /// Process id of the server, on this machine.
    #[arg(long)]
    server_pid: u32,
    #[arg(long, default_value_t = 10)]
    subscribers: u32,
    /// How long to measure, in seconds, after everybody receives.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum FanoutError {
    #[error(transparent)]
    Signalling(#[from] SignallingError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("reading the server's process: {0}")]
    Process(#[from] io::Error),
    #[error("after 30 s only {receiving} of {wanted} subscribers receive video")]
    NoMedia { receiving: usize, wanted: u32 },
}

pub struct Report {
    subscribers: u32,
    seconds: u64,
    delivered: u64,
    expected: u64,
    cpu: Duration,
    bytes_per_participant: i64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_packet = self.cpu.as_secs_f64() * 1e6 / self.delivered.max(1) as f64;
        writeln!(f, "1 publisher, {} subscribers, {} s", self.subscribers, self.seconds)?;
        writeln!(
            f,
            "delivered packets           {} ({:.2}% of what was sent)",
            self.delivered,
            self.delivered as f64 * 100.0 / self.expected.max(1) as f64
        )?;
        writeln!(f, "server CPU per packet       {per_packet:.2} µs (whole process)")?;
        write!(f, "memory per participant      {} KiB", self.bytes_per_participant / 1024)
    }
}

impl Fanout {
    pub async fn run(self) -> Result<Report, FanoutError> {
        LocalSet::new().run_until(self.play()).await
    }

    async fn play(self) -> Result<Report, FanoutError> {
        let http = Client::new();
        let official = Official::sign_in(&http, &self.url, &self.email, &self.password).await?;
        let link = official.open_room().await?;
        // One guest comes and goes first, so that what a server allocates once is not counted as memory
        // of the participants.
        drop(Guest::enter(&http, &self.url, &link, "Warm-up").await?);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = process::resident_bytes(self.server_pid)?;

        let publisher = Guest::enter(&http, &self.url, &link, "Publisher").await?;
        let sent = Rc::new(RefCell::new(Counts::default()));
        let session =
            Session::open(&http, &self.url, &publisher.grant, true, Vec::new(), sent).await?;
        tokio::task::spawn_local(session.run());

        let tile = Tile {
            participant: publisher.you,
            source: Source::Camera,
            width: 640,
            height: 360,
            pinned: false,
        };
        let mut guests = Vec::new();
        let mut counters = Vec::new();
        for n in 0..self.subscribers {
            let guest = Guest::enter(&http, &self.url, &link, &format!("Subscriber {n}")).await?;
            let counts = Rc::new(RefCell::new(Counts::default()));
            let view = vec![tile.clone()];
            let session =
                Session::open(&http, &self.url, &guest.grant, false, view, counts.clone()).await?;
            tokio::task::spawn_local(session.run());
            guests.push(guest);
            counters.push(counts);
        }

        let receiving = || counters.iter().filter(|c| c.borrow().video_packets > 0).count();
        for _ in 0..300 {
            if receiving() == self.subscribers as usize {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if receiving() < self.subscribers as usize {
            return Err(FanoutError::NoMedia { receiving: receiving(), wanted: self.subscribers });
        }
        // The bandwidth estimates settle.
        tokio::time::sleep(Duration::from_secs(5)).await;

        let total = || {
            counters
                .iter()
                .map(|c| c.borrow().audio_packets + c.borrow().video_packets)
                .sum::<u64>()
        };
        let (packets, cpu) = (total(), process::cpu_time(self.server_pid)?);
        tokio::time::sleep(Duration::from_secs(self.seconds)).await;
        let (delivered, cpu) = (total() - packets, process::cpu_time(self.server_pid)? - cpu);
        let after = process::resident_bytes(self.server_pid)?;
        // 30 frames of four packets and 50 packets of Opus each second.
        let expected = u64::from(self.subscribers) * self.seconds * (30 * 4 + 50);
        Ok(Report {
            subscribers: self.subscribers,
            seconds: self.seconds,
            delivered,
            expected,
            cpu,
            bytes_per_participant: (after as i64 - before as i64) / i64::from(self.subscribers + 1),
        })
    }
}
