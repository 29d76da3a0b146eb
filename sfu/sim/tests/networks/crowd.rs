//! One weak subscriber among many: nobody else notices.

use szpon_protocol::media::Source;
use szpon_sfu_sim::{ClientKey, ClientSetup, Path, World};

use crate::support::{SEEDS, millis, secs};

const CROWD: usize = 5;

/// What the strong ones saw: frames of each, freezes, and keyframes that the publisher made.
#[derive(Debug, PartialEq)]
struct Seen {
    frames: Vec<usize>,
    freezes: usize,
    keyframes: u64,
}

fn meeting(seed: u64, weak: Option<Path>) -> (World, ClientKey, Seen) {
    let mut world = World::new(seed);
    let room = world.room();
    let publisher = world.join(ClientSetup::new(room));
    world.client_mut(publisher).speak(25);
    let viewers: Vec<ClientKey> =
        (0..=CROWD).map(|_| world.join(ClientSetup::viewer(room))).collect();
    for viewer in &viewers {
        world.view_cameras(*viewer, &[publisher], 1_280, 720);
    }
    world.run_for(secs(6));
    if let Some(path) = weak {
        world.set_down(viewers[0], path);
        world.set_up(viewers[0], path);
    }
    world.run_for(secs(8));
    let keyframes = |world: &World| -> u64 {
        (0..3).map(|layer| world.client(publisher).keyframes_sent(Source::Camera, layer)).sum()
    };
    let (from, before) = (world.now, keyframes(&world));
    world.run_for(secs(10));
    let strong = viewers[1..].iter().map(|viewer| world.client(*viewer));
    let receivers = strong.filter_map(|client| client.video.values().next());
    let seen = Seen {
        frames: receivers.clone().map(|receiver| receiver.frames_since(from)).collect(),
        freezes: receivers.map(|receiver| receiver.freezes(from, world.now).count).sum(),
        keyframes: keyframes(&world) - before,
    };
    (world, viewers[0], seen)
}

#[test]
fn the_others_see_the_same_pictures() {
    for seed in SEEDS {
        let (_, _, without) = meeting(seed, None);
        assert_eq!(without.freezes, 0);
        let path = Path::GOOD.with_delay(millis(100)).with_loss(0.1).with_rate(400_000);
        let (world, weak, with) = meeting(seed, Some(path));
        println!("seed {seed}: {without:?}, beside a weak one {with:?}");
        assert_eq!(with.frames, without.frames, "seed {seed}");
        assert_eq!(with.freezes, 0, "seed {seed}");
        // Its own layer, which nobody else sees, is all that it may ask keyframes of.
        assert!(with.keyframes <= without.keyframes + 10, "seed {seed}: {with:?}");
        let frames = world.client(weak).frames_since(world.now - secs(10));
        println!("seed {seed}: the weak one has {frames} frames");
        assert!(frames >= 200, "seed {seed}: the weak one has {frames} frames in ten seconds");
    }
}
