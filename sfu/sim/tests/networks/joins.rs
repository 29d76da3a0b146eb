//! A storm of joins costs a publisher no more than a few keyframes.

use szpon_protocol::media::Source;
use szpon_sfu_sim::{ClientSetup, Path, World};

use crate::support::secs;

const JOINS: u64 = 500;

#[test]
fn five_hundred_joins_in_a_second() {
    let mut world = World::with_config(1, |config| config.limits.sessions_per_room = 1_000);
    let room = world.room();
    let publisher = world.join(ClientSetup { simulcast: true, ..ClientSetup::new(room) });
    world.client_mut(publisher).speak(127);
    world.run_for(secs(3));
    let requests = world.core.counters().keyframe_requests;
    let keyframes = |world: &World| -> Vec<u64> {
        (0..3).map(|layer| world.client(publisher).keyframes_sent(Source::Camera, layer)).collect()
    };
    let before = keyframes(&world);
    let start = world.now;
    let setup = |room| ClientSetup { audio_slots: 1, video_slots: 1, ..ClientSetup::viewer(room) };
    let viewers: Vec<_> = (0..JOINS)
        .map(|number| {
            let viewer = world.join_over(setup(room), Path::GOOD, Path::GOOD);
            world.view_cameras(viewer, &[publisher], 320, 180);
            world.run_until(start + secs(1).mul_f64((number + 1) as f64 / JOINS as f64));
            viewer
        })
        .collect();
    world.run_for(secs(3));
    let after = keyframes(&world);
    let asked = world.core.counters().keyframe_requests - requests;
    println!("{asked} requests, keyframes {before:?} to {after:?}");
    assert!(asked <= 8, "{asked} requests for {JOINS} viewers");
    for (before, after) in before.iter().zip(after) {
        assert!(after - before <= 5, "{} keyframes of one layer", after - before);
    }
    let since = world.now - secs(1);
    let shown = viewers.iter().map(|viewer| world.client(*viewer).frames_since(since));
    let fluent = shown.filter(|frames| *frames >= 22).count() as u64;
    assert_eq!(fluent, JOINS);
}
