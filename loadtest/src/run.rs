//! A scenario from the first join to the report.

mod participant;

use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use szpon_protocol::media::Tile;
use szpon_sfu_srtp::Profile;
use tokio::{sync::watch, task::LocalSet, time::sleep};

use crate::{
    engine::{Engine, EngineError, Part, Snapshot},
    perf::Syscalls,
    process::{Spent, Usage, anonymous_bytes, proportional_bytes},
    report::{Counted, Report, Sample, ServerCost},
    scenario::Scenario,
    target::{self, Plan, Room, Target, TargetError},
};
use participant::Participant;

/// Beyond the intervals, all joins together may take so long.
const JOINS: Duration = Duration::from_secs(60);
/// After the last join, for everybody to see somebody.
const FIRST_PICTURES: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);
const MIB: f64 = (1 << 20) as f64;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("the room can't be opened: {0}")]
    Room(#[source] TargetError),
    #[error("nobody could join: {0}")]
    Nobody(String),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("reading the server's process: {0}")]
    Process(#[from] io::Error),
}

/// How to run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The server's process on this machine, whose cost is measured.
    pub server_pid: Option<u32>,
    /// A line on stderr each second.
    pub progress: bool,
}

/// What all participants of a run share.
struct Shared {
    engine: Engine,
    target: Target,
    options: Options,
    joined: Cell<u32>,
    /// By group.
    failed: RefCell<Vec<u32>>,
    /// Of the first one who could not join.
    error: RefCell<Option<String>>,
    /// The next number: whoever comes back is somebody new.
    next: Cell<u32>,
    /// When the measurement began.
    measuring: watch::Sender<Option<Instant>>,
    over: watch::Sender<bool>,
}

impl Shared {
    fn failed(&self) -> u32 {
        self.failed.borrow().iter().sum()
    }
}

/// What is to be seen in one room.
struct Gallery {
    room: Room,
    tiles: RefCell<Vec<(u32, Vec<Tile>)>>,
    changes: watch::Sender<u64>,
}

/// Plays scenarios.
pub struct Player {
    engine: Engine,
    /// Numbers go on from run to run, so that no two participants have the same.
    next: u32,
}

impl Player {
    pub fn new(engine: Engine) -> Self {
        Self { engine, next: 1 }
    }

    /// Plays a scenario against the server of `target`.
    pub async fn play(
        &mut self,
        scenario: &Scenario,
        target: Target,
        options: Options,
    ) -> Result<Report, RunError> {
        let shared = Rc::new(Shared {
            engine: self.engine.clone(),
            options,
            target,
            joined: Cell::new(0),
            failed: RefCell::new(vec![0; scenario.group.len()]),
            error: RefCell::new(None),
            next: Cell::new(self.next),
            measuring: watch::channel(None).0,
            over: watch::channel(false).0,
        });
        let tasks = LocalSet::new();
        let outcome = tasks.run_until(self.measure(&shared, scenario)).await;
        // Everybody leaves before the next run begins.
        let _ = shared.over.send(true);
        tasks.await;
        self.next = shared.next.get();
        outcome
    }

    async fn measure(&self, shared: &Rc<Shared>, scenario: &Scenario) -> Result<Report, RunError> {
        let mut galleries = Vec::new();
        for number in 0..scenario.rooms {
            let room = shared.target.open_room(number).await.map_err(RunError::Room)?;
            let changes = watch::channel(0).0;
            galleries.push(Rc::new(Gallery { room, tiles: RefCell::default(), changes }));
        }
        let before = self.memory_before(shared, scenario, &galleries).await?;
        let clean = self.engine.take().await?;
        if scenario.measure_joins {
            let _ = shared.measuring.send(Some(Instant::now()));
        }
        let all = self.spawn(shared, scenario, &galleries);
        let mut record = Record::new(shared.options, scenario);
        record.cpu_before = clean.cpu;
        record.count(scenario);
        if scenario.measure_joins {
            record.begin()?;
        } else {
            self.wait_for_joins(shared, scenario, all).await?;
            sleep(SECOND * scenario.settle_seconds).await;
            record.joins(&self.engine.take().await?);
            record.begin()?;
            let _ = shared.measuring.send(Some(Instant::now()));
        }
        for second in 1..=scenario.seconds {
            sleep(SECOND.saturating_sub(record.drift())).await;
            record.second(second, self.engine.take().await?, shared)?;
        }
        if shared.joined.get() == 0 {
            let error = shared.error.borrow_mut().take();
            return Err(RunError::Nobody(error.unwrap_or_else(|| "no answer in time".into())));
        }
        record.finish(shared, scenario, before)
    }

    /// The server's memory when one participant has come and gone: what it allocates once is not
    /// the participants'.
    async fn memory_before(
        &self,
        shared: &Rc<Shared>,
        scenario: &Scenario,
        galleries: &[Rc<Gallery>],
    ) -> Result<u64, RunError> {
        let Some(pid) = shared.options.server_pid else { return Ok(0) };
        if let (Some(plan), Some(gallery)) = (plans(scenario, shared).next(), galleries.first()) {
            let first = shared.target.join(&shared.engine, &gallery.room, &plan).await;
            sleep(SECOND / 2).await;
            if let Ok(member) = first {
                shared.target.leave(&shared.engine, member).await;
            }
        }
        // What the start and the sign-in needed is given back first.
        let mut least = u64::MAX;
        for _ in 0..6 {
            sleep(SECOND / 2).await;
            least = least.min(anonymous_bytes(pid)?);
        }
        Ok(least)
    }

    /// Starts everybody's task; says how many there are.
    fn spawn(&self, shared: &Rc<Shared>, scenario: &Scenario, galleries: &[Rc<Gallery>]) -> u32 {
        let interval = Duration::from_millis(scenario.join_interval_ms.into());
        let mut count = 0;
        for gallery in galleries {
            for plan in plans(scenario, shared) {
                let wait = interval * count;
                count += 1;
                let participant = Participant::new(shared.clone(), gallery.clone(), plan);
                tokio::task::spawn_local(participant.live(wait));
            }
        }
        count
    }

    async fn wait_for_joins(
        &self,
        shared: &Shared,
        scenario: &Scenario,
        all: u32,
    ) -> Result<(), RunError> {
        let interval = Duration::from_millis(scenario.join_interval_ms.into());
        let begun = Instant::now();
        let mut told = Instant::now();
        let mut waiting_since = None;
        loop {
            sleep(SECOND / 10).await;
            let Part { seeing, watching, .. } = self.engine.snapshot().await?.whole();
            let failed = shared.failed();
            if shared.options.progress && told.elapsed() >= SECOND {
                told = Instant::now();
                eprintln!(
                    "joining: {} of {all} in, {failed} failed, {seeing} of {watching} see a picture",
                    shared.joined.get(),
                );
            }
            let done = shared.joined.get() + failed >= all;
            if !done && begun.elapsed() < JOINS + interval * all {
                continue;
            }
            let since = *waiting_since.get_or_insert_with(Instant::now);
            if seeing >= watching || since.elapsed() > FIRST_PICTURES {
                return Ok(());
            }
        }
    }
}

/// Everybody of one room, with numbers of their own.
fn plans(scenario: &Scenario, shared: &Shared) -> impl Iterator<Item = Plan> {
    let count = |wanted: fn(&crate::scenario::Group) -> bool| {
        scenario.group.iter().filter(|group| wanted(group)).map(|group| group.count).sum::<u32>()
    };
    let cameras = count(|group| group.camera.is_some()) as usize;
    let screens = count(|group| group.screen.is_some()) as usize;
    let speakers = count(|group| group.microphone.is_some());
    let codecs = target::codecs(scenario);
    let mut turn = 0;
    let mut plans = Vec::new();
    for (place, group) in scenario.group.iter().enumerate() {
        for _ in 0..group.count {
            let number = shared.next.get();
            shared.next.set(number + 1);
            let (group, codecs) = (group.clone(), codecs.clone());
            turn += u32::from(group.microphone.is_some());
            let turn = (turn.saturating_sub(1), speakers);
            plans.push(Plan { group, place, number, codecs, turn, cameras, screens });
        }
    }
    plans.into_iter()
}

/// What is measured, second by second.
struct Record {
    options: Options,
    begun: Instant,
    last: Instant,
    seconds: u32,
    usage: Option<Usage>,
    spent: Spent,
    syscalls: Option<Syscalls>,
    cpu_before: Duration,
    cpu: Duration,
    groups: Vec<Counted>,
    series: Vec<Sample>,
    profiles: Vec<Profile>,
}

impl Record {
    fn new(options: Options, scenario: &Scenario) -> Self {
        let now = Instant::now();
        Self {
            options,
            begun: now,
            last: now,
            seconds: scenario.seconds,
            usage: None,
            spent: Spent::default(),
            syscalls: None,
            cpu_before: Duration::ZERO,
            cpu: Duration::ZERO,
            groups: vec![Counted::default(); scenario.group.len()],
            series: Vec::new(),
            profiles: Vec::new(),
        }
    }

    /// Notes who takes part.
    fn count(&mut self, scenario: &Scenario) {
        for (counted, group) in self.groups.iter_mut().zip(&scenario.group) {
            counted.participants = group.count * scenario.rooms;
        }
    }

    /// Keeps what was counted of the joins.
    fn joins(&mut self, snapshot: &Snapshot) {
        for (counted, part) in self.groups.iter_mut().zip(&snapshot.groups) {
            counted.joins.add(&part.totals);
        }
        self.cpu_before = snapshot.cpu;
    }

    fn begin(&mut self) -> io::Result<()> {
        if let Some(pid) = self.options.server_pid {
            self.usage = Some(Usage::read(pid)?);
            self.syscalls = Syscalls::count(pid, self.seconds);
        }
        self.begun = Instant::now();
        self.last = self.begun;
        Ok(())
    }

    /// How much later than planned we are.
    fn drift(&self) -> Duration {
        let planned = self.begun + SECOND * self.series.len() as u32;
        Instant::now().saturating_duration_since(planned)
    }

    fn second(&mut self, second: u32, snapshot: Snapshot, shared: &Shared) -> io::Result<()> {
        let now = Instant::now();
        let wall = now.saturating_duration_since(self.last).as_secs_f64().max(1e-3);
        self.last = now;
        // The first second's CPU time is told apart from the joins' by its own beginning.
        let tester = snapshot.cpu.saturating_sub(self.cpu_before);
        self.cpu_before = snapshot.cpu;
        self.cpu += tester;
        let mut server = None;
        if let (Some(pid), Some(last)) = (self.options.server_pid, &mut self.usage) {
            let usage = Usage::read(pid)?;
            let spent = usage.since(last);
            server = Some(spent.cpu.as_secs_f64() * 100.0 / wall);
            self.spent.add(spent);
            *last = usage;
        }
        let whole = snapshot.whole();
        let totals = &whole.totals;
        let sample = Sample {
            second,
            participants: whole.connected,
            packets_per_second: totals.delivered as f64 / wall,
            mbit_per_second: totals.delivered_bytes as f64 * 8.0 / 1e6 / wall,
            loss_percent: totals.loss() * 100.0,
            latency_p50_ms: totals.latency.quantile(0.5),
            latency_p99_ms: totals.latency.quantile(0.99),
            frames_per_second: (whole.pictures > 0)
                .then(|| totals.frames as f64 / wall / whole.pictures as f64),
            freezes: totals.freezes,
            layer_changes: totals.layer_changes,
            server_cpu_percent: server,
            server_memory_mib: self.usage.as_ref().map(|usage| usage.anonymous as f64 / MIB),
            tester_cpu_percent: tester.as_secs_f64() * 100.0 / wall,
        };
        if self.options.progress {
            eprintln!("{}", sample.line(self.seconds, shared.failed()));
        }
        self.series.push(sample);
        for (counted, part) in self.groups.iter_mut().zip(snapshot.groups) {
            counted.totals.add(&part.totals);
            counted.picture_seconds += part.pictures as f64 * wall;
            counted.last = part;
        }
        self.profiles = snapshot.profiles;
        Ok(())
    }

    fn finish(
        mut self,
        shared: &Shared,
        scenario: &Scenario,
        memory_before: u64,
    ) -> Result<Report, RunError> {
        let wall = self.last.saturating_duration_since(self.begun);
        let syscalls = self.syscalls.take().and_then(Syscalls::finish);
        let server = self.usage.take().map(|last| ServerCost {
            cpu: self.spent.cpu,
            resident: last.resident,
            proportional: self.options.server_pid.and_then(|pid| proportional_bytes(pid).ok()),
            grown: last.anonymous as i64 - memory_before as i64,
            voluntary: self.spent.voluntary,
            involuntary: self.spent.involuntary,
            syscalls,
        });
        for (counted, failed) in self.groups.iter_mut().zip(shared.failed.borrow().iter()) {
            // Who joined while it was measured joined as well.
            counted.joins.add(&counted.totals);
            counted.failed = *failed;
        }
        Ok(Report::new(crate::report::Input {
            scenario,
            target: shared.target.name().to_owned(),
            error: shared.error.borrow().clone(),
            wall,
            tester_cpu: self.cpu,
            groups: self.groups,
            series: self.series,
            profiles: self.profiles,
            server,
        }))
    }
}
