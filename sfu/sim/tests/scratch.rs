use std::time::Duration;
use szpon_protocol::media::Source;
use szpon_sfu_sim::*;
fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
fn dump(w: &World, start: std::time::Instant, a: usize, b: usize) {
    let p = w.participant(a);
    let c = w.client(b);
    let slot = c.slot_of(p, Source::Camera);
    let st = w.core.stats(w.now);
    let s: Vec<_> = st
        .rooms
        .iter()
        .flat_map(|r| &r.sessions)
        .filter(|s| s.session == c.session)
        .map(|s| {
            (
                s.estimate_bits_per_second.map(|e| e / 1000),
                s.tx_bits_per_second / 1000,
                s.tx_loss,
                s.rtt_ms,
            )
        })
        .collect();
    let r = c.shows(p, Source::Camera);
    eprintln!(
        "t={:?} slot={:?} est/tx/loss/rtt={:?} frames1s={} asked={:?} lost={:?} packets={:?} kf={:?} pli={} layers={:?} jumps={:?}",
        w.now - start,
        slot.map(|s| s.layer),
        s,
        c.frames_since(w.now - secs(1)),
        r.map(|r| r.asked),
        r.map(|r| r.lost),
        r.map(|r| r.packets),
        (0..3).map(|l| w.client(a).keyframes_sent(Source::Camera, l)).collect::<Vec<_>>(),
        st.counters.keyframe_requests,
        w.client(a).inbox.layers,
        r.map(|r| r.jumps.len())
    );
}
#[test]
fn single() {
    let mut w = World::new(55);
    let room = w.room();
    let t0 = w.now;
    let a = w.join(ClientSetup { simulcast: false, ..ClientSetup::new(room) });
    let b = w.join(ClientSetup::viewer(room));
    w.view_cameras(b, &[a], 1_280, 720);
    for _ in 0..6 {
        w.run_for(Duration::from_millis(500));
        dump(&w, t0, a, b);
    }
}
#[test]
fn loss() {
    let mut w = World::new(100);
    let room = w.room();
    let t0 = w.now;
    let bad = Path::GOOD.with_loss(0.10).with_delay(Duration::from_millis(50));
    let a = w.join_over(ClientSetup::new(room), bad, bad);
    let b = w.join_over(ClientSetup::viewer(room), bad, bad);
    w.run_for(secs(3));
    w.view_cameras(b, &[a], 320, 180);
    for _ in 0..20 {
        w.run_for(Duration::from_millis(500));
        dump(&w, t0, a, b);
    }
}
#[test]
fn reorder() {
    let mut w = World::new(30);
    let room = w.room();
    let t0 = w.now;
    let jumpy = Path::GOOD.with_reordering(Duration::from_millis(12));
    let a = w.join_over(ClientSetup::new(room), jumpy, jumpy);
    let b = w.join_over(ClientSetup::viewer(room), jumpy, jumpy);
    w.view_cameras(b, &[a], 640, 360);
    for _ in 0..10 {
        w.run_for(Duration::from_millis(500));
        dump(&w, t0, a, b);
    }
}
#[test]
fn up() {
    let mut w = World::new(7);
    let room = w.room();
    let t0 = w.now;
    let a = w.join(ClientSetup::new(room));
    let b = w.join(ClientSetup::viewer(room));
    w.view_cameras(b, &[a], 320, 180);
    for _ in 0..18 {
        w.run_for(Duration::from_millis(500));
        dump(&w, t0, a, b);
    }
    w.view_cameras(b, &[a], 1280, 720);
    for _ in 0..24 {
        w.run_for(Duration::from_millis(500));
        dump(&w, t0, a, b);
    }
}
#[test]
fn first() {
    let mut w = World::new(1);
    let room = w.room();
    let t0 = w.now;
    let a = w.join(ClientSetup::new(room));
    let b = w.join(ClientSetup::viewer(room));
    w.view_cameras(b, &[a], 1280, 720);
    for _ in 0..24 {
        w.run_for(Duration::from_millis(250));
        dump(&w, t0, a, b);
    }
}
