//! What a second core gives to one room: a publisher, and viewers on one shard or on two, each on a
//! thread and a core of its own.
//!
//! `cargo run --release -p szpon-sfu-sim --example spread -- 200`
//!
//! The publisher's datagrams are recorded first and then given to the shards as fast as they take
//! them, in virtual time, so that only the shards work: decrypting, routing, handing over through a
//! ring, rewriting, encrypting. What they would send is counted.

use std::{
    env, fs,
    net::SocketAddr,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rtrb::{Consumer, Producer, RingBuffer};
use szpon_sfu_core::{Core, Datagram, Outbox, Output, Relay, RelayPacket, ShardId, Transport};
use szpon_sfu_sim::{ClientSetup, World};

const WARM_UP: Duration = Duration::from_secs(8);
const RECORDED: Duration = Duration::from_secs(20);
/// Media that may wait between the shards, as in the server.
const RING: usize = 2_048;
/// Runs of which the median is told.
const RUNS: usize = 5;

/// A meeting that goes on by itself.
struct Meeting {
    shards: Vec<Core>,
    publisher: SocketAddr,
    recorded: Vec<(Instant, Vec<u8>)>,
}

fn meeting(shards: usize, viewers: usize) -> Meeting {
    let mut world = World::of_shards(1, shards, |config| {
        config.silent_after = Duration::from_secs(3_600);
        config.gone_after = Duration::from_secs(7_200);
        config.initial_bitrate = 10_000_000;
        config.limits.sessions_per_room = 10_000;
    });
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    for number in 0..viewers {
        let setup = ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) };
        let viewer = world.join_on(number % shards, setup);
        // Nobody is there later to give any.
        world.stop_reports(viewer);
        world.view_cameras(viewer, &[publisher], 1_280, 720);
        world.run_for(Duration::from_millis(2));
    }
    world.client_mut(publisher).speak(25);
    world.run_for(WARM_UP);
    let address = world.client(publisher).address;
    let recorded = world.record(publisher, RECORDED);
    Meeting { shards: world.into_shards(), publisher: address, recorded }
}

/// What a shard did.
#[derive(Debug, Clone, Copy)]
struct Done {
    delivered: u64,
    /// Time at work, without waiting for the other.
    busy: Duration,
}

/// The way to another shard and back.
struct Way {
    to: Producer<(Instant, RelayPacket)>,
    tell: mpsc::Sender<Relay>,
    hear: mpsc::Receiver<Relay>,
    other: ShardId,
}

/// One shard on its thread.
struct Driver {
    core: Core,
    outbox: Outbox,
    packets: Vec<(ShardId, RelayPacket)>,
    way: Option<Way>,
    busy: Duration,
    bytes: usize,
}

impl Driver {
    fn new(core: Core, way: Option<Way>) -> Self {
        let (outbox, packets) = (Outbox::default(), Vec::new());
        Self { core, outbox, packets, way, busy: Duration::ZERO, bytes: 0 }
    }

    /// One round, as the server does it.
    fn round(&mut self, now: Instant, take_in: impl FnOnce(&mut Core)) {
        let start = Instant::now();
        if let Some(way) = &self.way {
            while let Ok(message) = way.hear.try_recv() {
                self.core.relay(now, way.other, message);
            }
        }
        take_in(&mut self.core);
        loop {
            match self.core.poll(now) {
                Output::Wait(_) => break,
                Output::Send => self.send(),
                Output::Event(_) => {}
                Output::Relay { message, .. } => {
                    if let Some(way) = &self.way {
                        // The other may have come to its end.
                        let _ = way.tell.send(message);
                    }
                }
            }
        }
        self.core.take_relayed(&mut self.packets);
        if let Some(way) = &mut self.way {
            for (_, mut packet) in self.packets.drain(..).map(|(to, packet)| (to, (now, packet))) {
                // Nothing is lost here: as fast as the slower one can.
                while let Err(rtrb::PushError::Full(back)) = way.to.push(packet) {
                    packet = back;
                    std::hint::spin_loop();
                }
            }
        }
        self.send();
        self.busy += start.elapsed();
    }

    /// To nobody.
    fn send(&mut self) {
        self.core.take_outbox(&mut self.outbox);
        self.bytes += self.outbox.bytes();
    }

    fn done(&self, before: u64) -> Done {
        let delivered = self.core.counters().packets_forwarded - before;
        assert!(self.bytes as u64 > delivered, "nothing was encrypted");
        Done { delivered, busy: self.busy }
    }
}

/// The publisher's shard: all that was recorded, frame by frame.
fn home(mut driver: Driver, publisher: SocketAddr, recorded: &[(Instant, Vec<u8>)]) -> Done {
    let before = driver.core.counters().packets_forwarded;
    for frame in recorded.chunk_by(|a, b| a.0 == b.0) {
        let now = frame[0].0;
        driver.round(now, |core| {
            for (_, payload) in frame {
                let (source, destination) = (publisher, World::NODE);
                let transport = Transport::Udp;
                core.receive(now, Datagram { transport, source, destination, payload });
            }
        });
    }
    driver.done(before)
}

/// Another shard: what comes through the ring.
fn away(
    mut driver: Driver,
    mut from: Consumer<(Instant, RelayPacket)>,
    start: Instant,
    over: &AtomicBool,
) -> Done {
    let before = driver.core.counters().packets_forwarded;
    let mut now = start;
    loop {
        // Asked before the ring, so that nothing comes after the last look.
        let last = over.load(Ordering::Acquire);
        let waiting = from.slots();
        if waiting == 0 {
            if last {
                return driver.done(before);
            }
            std::hint::spin_loop();
            continue;
        }
        driver.round(now, |core| {
            for _ in 0..waiting {
                let Ok((at, packet)) = from.pop() else { break };
                now = now.max(at);
                core.relay_packet(now, packet);
            }
        });
    }
}

fn pin(cpu: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(cpu);
    if rustix::thread::sched_setaffinity(None, &set).is_err() {
        eprintln!("a thread can't be kept on core {cpu}");
    }
}

/// Packets delivered per second of wall time, and per second of work.
fn on_one(meeting: Meeting) -> (f64, f64) {
    let Meeting { mut shards, publisher, recorded } = meeting;
    let driver = Driver::new(shards.remove(0), None);
    let (done, wall) = thread::scope(|scope| {
        let run = scope.spawn(|| {
            pin(0);
            let start = Instant::now();
            (home(driver, publisher, &recorded), start.elapsed())
        });
        run.join().expect("the shard runs through")
    });
    let delivered = done.delivered as f64;
    (delivered / wall.as_secs_f64(), delivered / done.busy.as_secs_f64())
}

fn on_two(meeting: Meeting) -> (f64, f64) {
    let Meeting { shards, publisher, recorded } = meeting;
    let [first, second] = <[Core; 2]>::try_from(shards).ok().expect("two shards");
    let (to, from) = RingBuffer::new(RING);
    let (unused, _) = RingBuffer::new(1);
    let (tell, heard) = mpsc::channel();
    let (tell_back, heard_back) = mpsc::channel();
    let start = recorded.first().expect("something was recorded").0;
    // As the world has named them.
    let (a, b) = (3, 4);
    let first = Driver::new(first, Some(Way { to, tell, hear: heard_back, other: b }));
    let second =
        Driver::new(second, Some(Way { to: unused, tell: tell_back, hear: heard, other: a }));
    let (over, both) = (AtomicBool::new(false), Barrier::new(2));
    let (one, other, wall) = thread::scope(|scope| {
        let home = scope.spawn(|| {
            pin(0);
            both.wait();
            let began = Instant::now();
            let done = home(first, publisher, &recorded);
            over.store(true, Ordering::Release);
            (done, began)
        });
        let away = scope.spawn(|| {
            pin(1);
            both.wait();
            let done = away(second, from, start, &over);
            (done, Instant::now())
        });
        let (one, began) = home.join().expect("the first shard runs through");
        let (other, ended) = away.join().expect("the second shard runs through");
        // The first one's end is before the second's, which waits for it.
        (one, other, ended - began)
    });
    let delivered = (one.delivered + other.delivered) as f64;
    (delivered / wall.as_secs_f64(), delivered / (one.busy + other.busy).as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let viewers: usize = env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    let cpus = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let cpus = cpus.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    println!("viewers                     {viewers}, half of them on each of two shards");
    println!("cores allowed              {}", cpus.unwrap_or(" unknown"));
    let mut figures = [const { Vec::new() }; 5];
    for _ in 0..RUNS {
        let (wall_one, cpu_one) = on_one(meeting(1, viewers));
        let (wall_two, cpu_two) = on_two(meeting(2, viewers));
        let run = [wall_one, wall_two, wall_two / wall_one, cpu_one, cpu_two];
        for (all, one) in figures.iter_mut().zip(run) {
            all.push(one);
        }
    }
    let [wall_one, wall_two, ratio, cpu_one, cpu_two] = figures.map(median);
    println!("one core                    {wall_one:.0} packets/s");
    println!("two cores                   {wall_two:.0} packets/s");
    println!("ratio                       {ratio:.2}");
    println!("packets per second of work  {cpu_one:.0} on one, {cpu_two:.0} on two");
}
