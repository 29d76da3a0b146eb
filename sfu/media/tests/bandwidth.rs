//! The estimator drives a sender over a simulated link. `--nocapture` prints the course of each.

mod link;

use link::{Loss, Path, Run, Source, run};
use szpon_media::Bitrate;

const INITIAL: Bitrate = Bitrate::kbps(300);
const SEEDS: std::ops::Range<u64> = 1..6;

fn on_each_seed(name: &str, seconds: f64, path: &Path, source: Source, check: impl Fn(&Run)) {
    for seed in SEEDS {
        let run = run(seed, path.clone(), source, INITIAL, seconds);
        run.print(&format!("{name}, seed {seed}"));
        check(&run);
    }
}

#[test]
fn a_free_link_is_found_within_two_seconds() {
    on_each_seed("start", 10.0, &Path::new(5000.0), Source::Elastic(2500.0), |run| {
        let found = run.first(0.0, |kbps| kbps >= 2500.0).expect("finds it");
        assert!(found < 2.0, "after {found} s");
        assert!(run.delivered(3.0, 10.0) > 2300.0);
    });
}

#[test]
fn rate_steps_are_followed() {
    let mut path = Path::new(3000.0);
    path.rates = vec![(0.0, 3000.0), (20.0, 300.0), (40.0, 3000.0)];
    on_each_seed("steps", 60.0, &path, Source::Elastic(4000.0), |run| {
        assert!(run.delivered(5.0, 20.0) > 0.8 * 3000.0, "before: {}", run.delivered(5.0, 20.0));
        let below = run.first(20.0, |kbps| kbps < 300.0).expect("notices") - 20.0;
        assert!(below < 1.2, "below the capacity after {below} s");
        assert!(run.delivered(25.0, 40.0) > 0.7 * 300.0, "low: {}", run.delivered(25.0, 40.0));
        let (queue, _) = run.queue(30.0, 40.0);
        assert!(queue < 300.0, "queue of {queue} ms");
        let above = run.first(40.0, |kbps| kbps > 0.8 * 3000.0).expect("recovers") - 40.0;
        assert!(above < 5.0, "80% after {above} s");
        assert!(run.delivered(46.0, 60.0) > 0.8 * 3000.0, "after: {}", run.delivered(46.0, 60.0));
    });
}

#[test]
fn a_full_link_is_used_steadily() {
    for kbps in [300.0, 1000.0, 3000.0] {
        on_each_seed(
            &format!("steady {kbps}"),
            40.0,
            &Path::new(kbps),
            Source::Elastic(6000.0),
            |run| {
                let (least, mean, most) = run.estimate(10.0, 40.0);
                assert!(run.delivered(10.0, 40.0) > 0.8 * kbps, "{}", run.delivered(10.0, 40.0));
                assert!(least > 0.65 * kbps && most < 1.3 * kbps, "{kbps}: {least} {mean} {most}");
                let (queue, mean) = run.queue(10.0, 40.0);
                assert!(queue < 250.0 && mean < 80.0, "{kbps}: queue {queue} {mean}");
            },
        );
    }
}

#[test]
fn random_loss_is_no_reason_to_give_up() {
    for (loss, share) in [(0.01, 0.8), (0.05, 0.7), (0.1, 0.6), (0.2, 0.4)] {
        let path = Path { loss: Loss::Random(loss), ..Path::new(2000.0) };
        on_each_seed(&format!("loss {loss}"), 30.0, &path, Source::Elastic(3000.0), |run| {
            let (_, mean, _) = run.estimate(5.0, 30.0);
            assert!(mean > share * 2000.0, "{loss}: {mean} kbit/s");
        });
    }
}

#[test]
fn loss_in_bursts_is_survived() {
    // Five per cent, in bursts of four.
    let path = Path { loss: Loss::Burst { begin: 0.0132, end: 0.25 }, ..Path::new(2000.0) };
    on_each_seed("bursts", 30.0, &path, Source::Elastic(3000.0), |run| {
        let (_, mean, _) = run.estimate(5.0, 30.0);
        assert!(mean > 0.6 * 2000.0, "{mean} kbit/s");
    });
}

#[test]
fn jitter_and_disorder_are_no_congestion() {
    for (jitter, reorder) in [(20.0, false), (30.0, true), (100.0, false)] {
        let path = Path { jitter, reorder, ..Path::new(3000.0) };
        on_each_seed(&format!("jitter {jitter}"), 30.0, &path, Source::Elastic(2000.0), |run| {
            let (_, mean, _) = run.estimate(8.0, 30.0);
            assert!(mean > 0.6 * 2000.0, "{jitter}: {mean} kbit/s");
        });
    }
}

#[test]
fn who_sends_little_keeps_the_estimate() {
    let path = Path { jitter: 8.0, ..Path::new(3000.0) };
    for seed in SEEDS {
        let run =
            run(seed, path.clone(), Source::Constant(400.0, 400.0), Bitrate::kbps(2000), 120.0);
        run.print("limited");
        let (least, _, most) = run.estimate(0.0, 120.0);
        assert!(least >= 1500.0, "sank to {least}");
        assert!(most <= 2000.0 * 1.05, "grew to {most} on no evidence");
    }
}

#[test]
fn layers_don_t_flap() {
    const LAYERS: &[f64] = &[150.0, 500.0, 1700.0];
    let path = Path { jitter: 5.0, ..Path::new(2500.0) };
    on_each_seed("layers", 60.0, &path, Source::Layers(LAYERS), |run| {
        let (least, _, _) = run.estimate(6.0, 60.0);
        assert!(least >= 1700.0, "{least}");
    });
}

#[test]
fn others_get_out_of_the_way_and_come_back() {
    let path = Path { others: vec![(15.0, 1500.0), (30.0, 0.0)], ..Path::new(2500.0) };
    on_each_seed("others", 45.0, &path, Source::Elastic(4000.0), |run| {
        let beside = run.delivered(18.0, 30.0);
        assert!(beside > 0.7 * 1000.0, "{beside}");
        let (_, queue) = run.queue(18.0, 30.0);
        assert!(queue < 120.0, "queue {queue} ms");
        let after = run.delivered(36.0, 45.0);
        assert!(after > 0.8 * 2500.0, "{after}");
    });
}

#[test]
fn a_long_way_is_no_hindrance() {
    let path = Path { delay: 300.0, jitter: 10.0, ..Path::new(2000.0) };
    on_each_seed("far", 40.0, &path, Source::Elastic(3000.0), |run| {
        assert!(run.delivered(10.0, 40.0) > 0.7 * 2000.0, "{}", run.delivered(10.0, 40.0));
    });
}

#[test]
fn a_shallow_queue_is_found_by_its_losses() {
    // What a frame's packets overflow even at a lower rate, and what they don't.
    for (queue, least) in [(15.0, 500.0), (30.0, 700.0)] {
        let path = Path { queue, ..Path::new(1000.0) };
        on_each_seed(&format!("shallow {queue}"), 40.0, &path, Source::Elastic(3000.0), |run| {
            let (_, mean, most) = run.estimate(10.0, 40.0);
            assert!((500.0..1300.0).contains(&mean), "{mean}, up to {most}");
            assert!(run.delivered(10.0, 40.0) > least, "{}", run.delivered(10.0, 40.0));
        });
    }
}

#[test]
fn an_outage_ends() {
    let mut path = Path::new(2000.0);
    path.rates = vec![(0.0, 2000.0), (10.0, 0.0), (13.0, 2000.0)];
    on_each_seed("outage", 30.0, &path, Source::Elastic(3000.0), |run| {
        let (least, _, _) = run.estimate(11.0, 14.0);
        assert!(least < 1700.0, "{least}");
        let (_, back, _) = run.estimate(20.0, 30.0);
        assert!(back > 0.8 * 2000.0, "{back}");
    });
}

#[test]
fn a_busy_receiver_is_no_congestion() {
    for stalls in [0.05, 0.1] {
        let path = Path { delay: 1.0, stalls, ..Path::new(10_000.0) };
        let source = Source::Constant(300.0, 2500.0);
        on_each_seed(&format!("stalls {stalls}"), 60.0, &path, source, |run| {
            let found = run.first(0.0, |kbps| kbps >= 2500.0).expect("finds it");
            assert!(found < 3.0, "after {found} s");
            let (least, _, _) = run.estimate(found, 60.0);
            assert!(least >= 2500.0, "sank to {least}");
        });
    }
}

#[test]
fn layers_give_way_when_the_link_narrows() {
    const LAYERS: &[f64] = &[150.0, 500.0, 1700.0];
    let mut path = Path { jitter: 5.0, ..Path::new(3500.0) };
    path.rates = vec![(0.0, 3500.0), (15.0, 400.0), (30.0, 3500.0)];
    on_each_seed("narrows", 45.0, &path, Source::Layers(LAYERS), |run| {
        let below = run.first(15.0, |kbps| kbps < 400.0).expect("notices") - 15.0;
        assert!(below < 1.5, "below the capacity after {below} s");
        let (queue, _) = run.queue(18.0, 30.0);
        assert!(queue < 150.0, "queue of {queue} ms");
        let back = run.first(30.0, |kbps| kbps > 1700.0).expect("recovers") - 30.0;
        assert!(back < 5.0, "back after {back} s");
    });
}

#[test]
fn a_far_and_unsteady_way_carries_video() {
    let path = Path {
        delay: 250.0,
        jitter: 50.0,
        reorder: true,
        loss: Loss::Random(0.02),
        ..Path::new(3000.0)
    };
    on_each_seed("unsteady", 40.0, &path, Source::Elastic(2000.0), |run| {
        let (_, mean, _) = run.estimate(15.0, 40.0);
        assert!(mean > 0.5 * 2000.0, "{mean} kbit/s");
    });
}
