//! What things cost a shard in instructions, compared with `sfu/budgets.toml`.
//!
//! `cargo run --release -p szpon-sfu-sim --example budget` (or `make budget`) plays each scenario of
//! the file under callgrind, which must be installed, and fails when one costs a tenth more than it
//! may. With the name of a scenario it plays that one alone and prints how many units it had.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use szpon_protocol::media::Source;
use szpon_sfu_sim::{ClientSetup, World};

const BUDGETS: &str = include_str!("../../budgets.toml");
/// Of the budget: beyond it something has become dearer than counting varies.
const TOLERATED_PERCENT: u64 = 110;
/// Only this function of the simulator's, with all that it calls, is counted.
const COUNTED: &str = "--toggle-collect=*world::measured*";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match env::args().nth(1) {
        Some(name) => {
            println!("{}", play(&name).ok_or("no such scenario")?);
            Ok(ExitCode::SUCCESS)
        }
        None => compare(),
    }
}

fn compare() -> Result<ExitCode, Box<dyn Error>> {
    let budgets: BTreeMap<String, toml::Table> = toml::from_str(BUDGETS)?;
    let mut broken = false;
    println!("{:>12} {:>12} {:>6}  of each", "instructions", "budget", "%");
    for (name, budget) in budgets {
        let what = budget["what"].as_str().ok_or("`what` is a text")?;
        let allowed = budget["instructions"].as_integer().ok_or("`instructions` is a number")?;
        let (allowed, cost) = (u64::try_from(allowed)?, measure(&name)?);
        let verdict = match cost * 100 > allowed * TOLERATED_PERCENT {
            true => "  TOO MUCH",
            false => "",
        };
        broken |= !verdict.is_empty();
        println!("{cost:>12} {allowed:>12} {:>6}  {what}{verdict}", cost * 100 / allowed.max(1));
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Instructions for each unit of a scenario.
fn measure(name: &str) -> Result<u64, Box<dyn Error>> {
    let played = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", COUNTED])
        .arg(env::current_exe()?)
        .arg(name)
        .output()?;
    let log = String::from_utf8_lossy(&played.stderr);
    if !played.status.success() {
        return Err(log.into());
    }
    let collected = log
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse::<u64>().ok())
        .ok_or("callgrind has counted nothing")?;
    let units: u64 = String::from_utf8(played.stdout)?.trim().parse()?;
    Ok(collected / units.max(1))
}

/// Plays a scenario and says how many units there were. None if nobody knows it.
fn play(name: &str) -> Option<u64> {
    match name {
        "fanout" => Some(fanout()),
        "meeting" => Some(meeting()),
        "join" => Some(join()),
        "idle" => Some(idle()),
        _ => None,
    }
}

fn forwarded(world: &mut World, time: Duration) -> u64 {
    let before = world.shard(0).counters().packets_forwarded;
    world.measure(Instant::now);
    world.run_for(time);
    world.shard(0).counters().packets_forwarded - before
}

fn fanout() -> u64 {
    let mut world = World::new(1);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    for _ in 0..40 {
        let viewer = world.join(ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) });
        world.view_cameras(viewer, &[publisher], 1_280, 720);
    }
    world.client_mut(publisher).speak(25);
    world.run_for(Duration::from_secs(4));
    forwarded(&mut world, Duration::from_secs(1))
}

fn meeting() -> u64 {
    let mut world = World::new(2);
    let room = world.room();
    let people: Vec<_> = (0..8)
        .map(|_| world.join(ClientSetup { video_slots: 8, ..ClientSetup::new(room) }))
        .collect();
    for (n, person) in people.iter().enumerate() {
        let others: Vec<_> = people.iter().copied().filter(|other| other != person).collect();
        world.view_cameras(*person, &others, 320, 180);
        world.client_mut(*person).speak(20 + n as u8);
    }
    world.run_for(Duration::from_secs(4));
    forwarded(&mut world, Duration::from_secs(2))
}

fn join() -> u64 {
    const JOINS: u64 = 10;
    let mut world = World::new(3);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    world.run_for(Duration::from_secs(2));
    world.measure(Instant::now);
    for _ in 0..JOINS {
        let since = world.now;
        let viewer = world.join(ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) });
        world.view_cameras(viewer, &[publisher], 320, 180);
        let participant = world.participant(publisher);
        world.run_until_true(Duration::from_secs(5), |world| {
            let shown = world.client(viewer).shows(participant, Source::Camera);
            shown.is_some_and(|picture| picture.frames_since(since) > 0)
        });
    }
    JOINS
}

fn idle() -> u64 {
    const SESSIONS: u64 = 30;
    const SECONDS: u64 = 10;
    let mut world = World::new(4);
    let room = world.room();
    for _ in 0..SESSIONS {
        world.join(ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) });
    }
    world.run_for(Duration::from_secs(10));
    world.measure(Instant::now);
    world.run_for(Duration::from_secs(SECONDS));
    SESSIONS * SECONDS
}
