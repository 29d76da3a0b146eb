//! What sessions cost that are connected and silent: the shard's own time.
//!
//! `cargo run --release -p szpon-sfu-sim --example idle -- 1000`

use std::time::{Duration, Instant};

use szpon_sfu_sim::{ClientSetup, World};

/// Sessions of one room.
const ROOM: usize = 50;
const MEASURED: Duration = Duration::from_secs(20);

fn main() {
    let sessions = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut world = World::new(1);
    let mut room = world.room();
    for number in 0..sessions {
        if number % ROOM == 0 {
            room = world.room();
        }
        world.join(ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) });
        world.run_for(Duration::from_millis(10));
    }
    world.run_for(Duration::from_secs(30));
    let before = world.core.counters();
    world.measure(Instant::now);
    world.run_for(MEASURED);
    let after = world.core.counters();
    let share = world.busy.as_secs_f64() / MEASURED.as_secs_f64();
    println!("sessions                    {sessions}");
    println!(
        "datagrams received          {}",
        after.datagrams_received - before.datagrams_received
    );
    println!("datagrams sent              {}", after.datagrams_sent - before.datagrams_sent);
    println!("share of a core             {:.2} %", share * 100.0);
}
