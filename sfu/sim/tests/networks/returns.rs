//! Repetitions: the node answers for what it has, and asks the publisher for what it has not.

use szpon_sfu_sim::{Call, Heard, Path};

use crate::support::{SEEDS, millis};

/// Payload types of VP8 and of its repetitions, as str0m offers them.
const VP8: [u8; 2] = [96, 97];
const LOSSY: Path = Path::GOOD.with_delay(std::time::Duration::from_millis(25)).with_loss(0.05);

#[test]
fn what_a_viewer_lost_the_node_has() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        call.worsen(LOSSY, LOSSY);
        let before = call.world.core.counters();
        let felt = call.watch(10);
        let after = call.world.core.counters();
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
        let asked = after.nacks_received - before.nacks_received;
        let repeated = after.packets_repeated - before.packets_repeated;
        assert!(asked > 20 && repeated > 60, "seed {seed}: {asked} asked, {repeated} repeated");
        assert_eq!(after.nacks_sent, before.nacks_sent, "the publisher is not asked");
    }
}

#[test]
fn what_the_node_lost_the_publisher_sends_again() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        call.worsen_publisher(LOSSY, LOSSY);
        let before = call.world.core.counters();
        let lost = call.picture().unwrap().lost;
        let felt = call.watch(10);
        let after = call.world.core.counters();
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
        assert!(felt.freezes.longest <= millis(300), "seed {seed}: {felt:?}");
        assert!(after.nacks_sent - before.nacks_sent > 20, "seed {seed}");
        assert!(after.sound_recovered - before.sound_recovered > 10, "seed {seed}");
        assert_eq!(call.picture().unwrap().lost, lost, "seed {seed}: packets lost for good");
    }
}

/// Repetitions that the publisher sent, in relation to its pictures' packets.
fn repeated(heard: &[Heard]) -> f64 {
    let rtp = |heard: &&Heard| matches!(heard.payload.first(), Some(128..=191));
    let types = heard.iter().filter(rtp).map(|heard| heard.payload[1] & 0x7f);
    let [first, again] = VP8.map(|pt| types.clone().filter(|known| *known == pt).count());
    again as f64 / first as f64
}

/// On a way that loses nothing every repetition is one too many.
#[test]
fn what_is_merely_late_is_hardly_asked_for() {
    for seed in SEEDS {
        for jitter in [10, 30, 60] {
            let mut call = Call::new(seed);
            let path = LOSSY.with_loss(0.0).with_reordering(millis(jitter));
            call.worsen_publisher(path, path);
            call.run(1);
            call.world.listen();
            let felt = call.watch(10);
            let extra = repeated(&call.world.heard());
            println!("seed {seed}, {jitter} ms: {extra:.3} repeated, {felt:?}");
            assert!(extra <= 0.05, "seed {seed}, {jitter} ms: {extra}");
            assert_eq!(felt.freezes.count, 0, "seed {seed}, {jitter} ms: {felt:?}");
        }
    }
}

/// Packets that overtake each other hold up those that are lost for no longer than they are late.
#[test]
fn what_is_lost_among_the_late_is_had_again() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        let path = LOSSY.with_reordering(millis(60));
        call.worsen_publisher(path, path);
        call.run(4);
        call.world.listen();
        let felt = call.watch(10);
        let extra = repeated(&call.world.heard());
        println!("seed {seed}: {extra:.3} repeated, {felt:?}");
        assert!(extra <= 0.15, "seed {seed}: {extra}");
        assert!(felt.freezes.longest <= millis(300), "seed {seed}: {felt:?}");
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
    }
}

/// Browsers ask at once for what others have overtaken.
#[test]
fn what_a_viewer_has_late_is_hardly_sent_twice() {
    for seed in SEEDS {
        for jitter in [10, 30, 60] {
            let mut call = Call::new(seed);
            let path = LOSSY.with_loss(0.0).with_reordering(millis(jitter));
            call.worsen(path, path);
            call.run(3);
            let so_far = |call: &Call| {
                let counters = call.world.core.counters();
                (counters.packets_repeated, call.picture().unwrap().packets)
            };
            let before = so_far(&call);
            let felt = call.watch(10);
            let after = so_far(&call);
            let extra = (after.0 - before.0) as f64 / (after.1 - before.1) as f64;
            println!("seed {seed}, {jitter} ms: {extra:.3} repeated, {felt:?}");
            assert!(extra <= 0.05, "seed {seed}, {jitter} ms: {extra}");
            assert_eq!(felt.freezes.count, 0, "seed {seed}, {jitter} ms: {felt:?}");
        }
    }
}

/// Those that are lost indeed take a round trip more, for which the picture waits as for the late ones.
#[test]
fn what_a_viewer_lost_among_the_late_is_had_again() {
    for seed in SEEDS {
        let mut call = Call::new(seed);
        let path = LOSSY.with_loss(0.02).with_reordering(millis(60));
        call.worsen(path, path);
        call.run(6);
        let felt = call.watch(20);
        println!("seed {seed}: {felt:?}");
        assert!(felt.frames_per_second >= 24.0, "seed {seed}: {felt:?}");
        assert!(felt.freezes.longest <= millis(300), "seed {seed}: {felt:?}");
        assert!(felt.layer >= Some(2), "seed {seed}: {felt:?}");
    }
}
