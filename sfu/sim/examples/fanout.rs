//! What a forwarded packet costs: one publisher, a room full of viewers, the shard's own time.
//!
//! `cargo run --release -p szpon-sfu-sim --example fanout -- 50`

use std::time::{Duration, Instant};

use szpon_sfu_sim::{ClientSetup, World};

fn main() {
    let viewers = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(50);
    let mut world = World::new(1);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    for _ in 0..viewers {
        let viewer = world.join(ClientSetup { video_slots: 4, ..ClientSetup::viewer(room) });
        world.view_cameras(viewer, &[publisher], 1_280, 720);
    }
    world.client_mut(publisher).speak(25);
    world.run_for(Duration::from_secs(6));
    let before = world.core.stats(world.now).counters;
    world.measure(Instant::now);
    world.run_for(Duration::from_secs(10));
    let after = world.core.stats(world.now).counters;
    let forwarded = after.packets_forwarded - before.packets_forwarded;
    let sent = after.datagrams_sent - before.datagrams_sent;
    let micros = world.busy.as_secs_f64() * 1e6;
    println!("viewers                     {viewers}");
    println!("packets forwarded           {forwarded}");
    println!("datagrams sent              {sent}");
    println!("shard time                  {:.2} s of 10 s", world.busy.as_secs_f64());
    println!("µs per forwarded packet     {:.2}", micros / forwarded as f64);
}
