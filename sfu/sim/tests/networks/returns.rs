//! Repetitions: the node answers for what it has, and asks the publisher for what it has not.

use szpon_sfu_sim::{Call, Path};

use crate::support::{SEEDS, millis};

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
