//! The bad networks that a call must get through: one table for the tests and for the report.

use std::time::Duration;

use crate::{
    call::{Call, Felt},
    client::ClientSetup,
    link::Path,
};

/// Whose line is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Viewer,
    Publisher,
}

/// A bad line of one of the two in a [`Call`]. Media suffers in one direction, and what comes back
/// (feedback, requests) in the other.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    pub name: &'static str,
    pub end: End,
    /// The direction in which media flows.
    pub media: Path,
    /// The other direction.
    pub back: Path,
    /// The line is so when the call begins, rather than becoming so; but nothing is lost or unsteady
    /// yet. DTLS repeats itself by dice of its own, which no seed rules: what they draw would shift all
    /// that is drawn for the datagrams after them.
    from_the_beginning: bool,
}

/// Time to get used to a condition before anything is measured.
const SETTLE: u64 = 6;
/// What is measured.
const WATCHED: u64 = 20;
/// A picture that is not fluent again after so long has not recovered.
const PATIENCE: Duration = Duration::from_secs(20);
/// Fluent is what has so many frames a second.
const FLUENT: usize = 15;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

impl Condition {
    /// The same in both directions.
    const fn viewer(name: &'static str, path: Path) -> Self {
        Self { name, end: End::Viewer, media: path, back: path, from_the_beginning: false }
    }

    const fn publisher(name: &'static str, path: Path) -> Self {
        Self { name, end: End::Publisher, ..Self::viewer(name, path) }
    }

    /// Media through a narrow line, feedback beside it.
    const fn narrow(self, bits_per_second: u64) -> Self {
        Self { media: self.media.with_rate(bits_per_second), ..self }
    }

    const fn always(self) -> Self {
        Self { from_the_beginning: true, ..self }
    }

    pub const LOSS_1: Self = Self::viewer("loss 1%", HOME.with_loss(0.01));
    pub const LOSS_5: Self = Self::viewer("loss 5%", HOME.with_loss(0.05));
    pub const LOSS_10: Self = Self::viewer("loss 10%", HOME.with_loss(0.1));
    pub const LOSS_20: Self = Self::viewer("loss 20%", HOME.with_loss(0.2));
    pub const BURSTS_1: Self = Self::viewer("loss 1% in bursts of 4", HOME.with_bursts(0.01, 4.0));
    pub const BURSTS_5: Self = Self::viewer("loss 5% in bursts of 4", HOME.with_bursts(0.05, 4.0));
    pub const BURSTS_10: Self = Self::viewer("loss 10% in bursts of 4", HOME.with_bursts(0.1, 4.0));
    pub const BURSTS_20: Self = Self::viewer("loss 20% in bursts of 4", HOME.with_bursts(0.2, 4.0));
    pub const FAR: Self = Self::viewer("300 ms", Path::GOOD.with_delay(ms(300))).always();
    pub const JITTER: Self = Self::viewer("50 ms of jitter", HOME.with_jitter(ms(50)));
    pub const DISORDER: Self =
        Self::viewer("50 ms of jitter, in disorder", HOME.with_reordering(ms(50)));
    pub const FAR_UNSTEADY: Self = Self::viewer(
        "300 ms, 60 ms of jitter in disorder, loss 2%",
        Path::GOOD.with_delay(ms(300)).with_reordering(ms(60)).with_loss(0.02),
    )
    .always();
    pub const RATE_300K: Self = Self::viewer("300 kbit/s", HOME).narrow(300_000);
    pub const RATE_1M: Self = Self::viewer("1 Mbit/s", HOME).narrow(1_000_000);
    pub const RATE_1M_LOSSY: Self =
        Self::viewer("1 Mbit/s, 50 ms, loss 5%", HOME.with_delay(ms(50)).with_loss(0.05))
            .narrow(1_000_000);
    pub const RATE_3M: Self = Self::viewer("3 Mbit/s", HOME).narrow(3_000_000);
    pub const UP_LOSS_1: Self = Self::publisher("publisher: loss 1%", HOME.with_loss(0.01));
    pub const UP_LOSS_5: Self = Self::publisher("publisher: loss 5%", HOME.with_loss(0.05));
    pub const UP_LOSS_10: Self = Self::publisher("publisher: loss 10%", HOME.with_loss(0.1));
    pub const UP_LOSS_20: Self = Self::publisher("publisher: loss 20%", HOME.with_loss(0.2));
    pub const UP_BURSTS_1: Self =
        Self::publisher("publisher: loss 1% in bursts of 4", HOME.with_bursts(0.01, 4.0));
    pub const UP_BURSTS_5: Self =
        Self::publisher("publisher: loss 5% in bursts of 4", HOME.with_bursts(0.05, 4.0));
    pub const UP_BURSTS_10: Self =
        Self::publisher("publisher: loss 10% in bursts of 4", HOME.with_bursts(0.1, 4.0));
    pub const UP_BURSTS_20: Self =
        Self::publisher("publisher: loss 20% in bursts of 4", HOME.with_bursts(0.2, 4.0));
    pub const UP_DISORDER: Self =
        Self::publisher("publisher: 60 ms of jitter, in disorder", HOME.with_reordering(ms(60)));
    pub const UP_FAR: Self = Self::publisher(
        "publisher: 300 ms, 30 ms of jitter, loss 1%",
        Path::GOOD.with_delay(ms(300)).with_jitter(ms(30)).with_loss(0.01),
    )
    .always();
    pub const UP_400K: Self =
        Self::publisher("publisher: 400 kbit/s", HOME).narrow(400_000).always();
    pub const UP_WEAK: Self = Self::publisher(
        "publisher: 800 kbit/s, 100 ms, loss 3%",
        HOME.with_delay(ms(100)).with_loss(0.03),
    )
    .narrow(800_000)
    .always();

    /// All of them, in the order of a report.
    pub const ALL: [Self; 28] = [
        Self::LOSS_1,
        Self::LOSS_5,
        Self::LOSS_10,
        Self::LOSS_20,
        Self::BURSTS_1,
        Self::BURSTS_5,
        Self::BURSTS_10,
        Self::BURSTS_20,
        Self::FAR,
        Self::JITTER,
        Self::DISORDER,
        Self::FAR_UNSTEADY,
        Self::RATE_300K,
        Self::RATE_1M,
        Self::RATE_1M_LOSSY,
        Self::RATE_3M,
        Self::UP_LOSS_1,
        Self::UP_LOSS_5,
        Self::UP_LOSS_10,
        Self::UP_LOSS_20,
        Self::UP_BURSTS_1,
        Self::UP_BURSTS_5,
        Self::UP_BURSTS_10,
        Self::UP_BURSTS_20,
        Self::UP_DISORDER,
        Self::UP_FAR,
        Self::UP_400K,
        Self::UP_WEAK,
    ];

    /// A call over this line. Also how long the picture took to become fluent (again); none if it
    /// did not.
    pub fn begin(&self, seed: u64) -> (Call, Option<Duration>) {
        const GOOD: (Path, Path) = (Path::GOOD, Path::GOOD);
        let adapts = |setup: &mut ClientSetup| {
            setup.adapts = self.end == End::Publisher && self.media.rate.is_some();
        };
        let (media, back) = (self.media.steady(), self.back.steady());
        let mut call = match (self.from_the_beginning, self.end) {
            (true, End::Publisher) => Call::with(seed, adapts, (media, back), GOOD),
            (true, End::Viewer) => Call::with(seed, adapts, GOOD, (back, media)),
            (false, _) => Call::new(seed),
        };
        match self.end {
            End::Viewer => call.worsen(self.back, self.media),
            End::Publisher => call.worsen_publisher(self.media, self.back),
        }
        let recovered = call.recovers(0, FLUENT, PATIENCE);
        call.run(SETTLE);
        (call, recovered)
    }

    /// The same, and what is felt when everybody has got used to it.
    pub fn run(&self, seed: u64) -> (Call, Option<Duration>, Felt) {
        let (mut call, recovered) = self.begin(seed);
        let felt = call.watch(WATCHED);
        (call, recovered, felt)
    }
}

/// A household's line, 25 ms each way.
const HOME: Path = Path::GOOD.with_delay(ms(25));
