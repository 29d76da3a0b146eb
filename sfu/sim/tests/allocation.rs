//! What a stranger sends allocates nothing, and is answered with nothing.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    net::SocketAddr,
    time::{Duration, Instant},
};

use szpon_protocol::SessionId;
use szpon_sfu_core::{Core, Datagram, Outbox, Output, Transport};
use szpon_sfu_sim::{ClientSetup, World};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Bytes that this thread holds.
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread.
struct Counting;

fn count(allocations: u64, bytes: i64) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    HELD.set(HELD.get() + bytes);
}

#[expect(unsafe_code, reason = "an allocator is unsafe to write; this one only counts")]
// SAFETY: everything is left to `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as i64 - layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations and answers that a datagram from `source` leads to.
fn cost(core: &mut Core, now: Instant, source: SocketAddr, payload: &[u8]) -> (u64, usize) {
    let mut outbox = Outbox::default();
    // What waits has nothing to do with it.
    while !matches!(core.poll(now), Output::Wait(_)) {}
    core.take_outbox(&mut outbox);
    let before = ALLOCATIONS.get();
    for transport in [Transport::Udp, Transport::Tcp] {
        core.receive(now, Datagram { transport, source, destination: World::NODE, payload });
        while !matches!(core.poll(now), Output::Wait(_)) {}
    }
    let allocations = ALLOCATIONS.get() - before;
    core.take_outbox(&mut outbox);
    (allocations, outbox.len())
}

#[test]
fn the_allocator_counts() {
    let before = ALLOCATIONS.get();
    let held = HELD.get();
    let some = std::hint::black_box(vec![1_u8; 100]);
    assert_eq!((ALLOCATIONS.get() - before, HELD.get() - held), (1, 100));
    drop(some);
    assert_eq!(HELD.get(), held);
}

#[test]
fn strangers_allocate_nothing_and_hear_nothing() {
    let mut world = World::new(1);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    let b = world.join(ClientSetup::viewer(room));
    world.view_cameras(b, &[a], 640, 360);
    world.listen();
    // One more who has an answer and never comes.
    let sdp = world.client(b).offer().0.to_owned();
    let session = SessionId::new();
    world.core.open_probe(world.now, session, &sdp).unwrap();
    world.run_for(Duration::from_secs(2));

    // What friends really send, from somebody else's address.
    let heard = world.heard();
    let of_kind = |first: std::ops::RangeInclusive<u8>| {
        let mut found = heard.iter().map(|heard| heard.payload.clone());
        found.find(|payload| payload.first().is_some_and(|octet| first.contains(octet))).unwrap()
    };
    let (stun, dtls, media) = (of_kind(0..=3), of_kind(20..=63), of_kind(128..=191));
    let mut report = media.clone();
    report[1] = 201;
    // Of another session, or of none at all.
    let username = stun.iter().position(|octet| *octet == b':').unwrap();
    let mut foreign = stun.clone();
    foreign[username - 1] ^= 1;
    let mut nobody = stun.clone();
    nobody[username] = b';';
    // A request that is right but for its integrity, which HMAC-SHA1 and CRC-32 end.
    let mut forged = stun;
    let end = forged.len();
    forged[end - 20] ^= 1;

    let source = SocketAddr::from(([198, 51, 100, 7], 7));
    let World { core, now, .. } = &mut world;
    let cases: [(&str, &[u8]); 8] = [
        ("nothing", &[]),
        ("garbage", &[0xff; 1_200]),
        ("DTLS", &dtls),
        ("RTP", &media),
        ("RTCP", &report),
        ("STUN for another user fragment", &foreign),
        ("STUN for nobody", &nobody),
        ("STUN with a wrong integrity", &forged),
    ];
    for (name, payload) in cases {
        assert_eq!(cost(core, *now, source, payload), (0, 0), "{name}");
    }
    assert_eq!(core.load(), (3, 1));
    assert_eq!(core.flows(), 2);
}

/// What bears a member's address costs no memory that stays.
#[test]
fn forged_packets_of_a_member_leave_nothing_behind() {
    let mut world = World::new(2);
    let room = world.room();
    let a = world.join(ClientSetup::new(room));
    world.listen();
    world.run_for(Duration::from_secs(2));
    let source = world.client(a).address;
    let heard = world.heard();
    let rtp = heard.iter().rev().find(|heard| heard.payload[0] >= 128 && heard.payload[1] < 192);
    let rtp = rtp.unwrap().payload.clone();
    let World { core, now, .. } = &mut world;
    let mut held = 0;
    for n in 0_u32..3_000 {
        let mut forged = rtp.clone();
        // A known stream with a wrong tag, a stream of nobody, and reports.
        let end = forged.len();
        forged[end - 1] ^= 1;
        match n % 3 {
            0 => {}
            1 => forged[8..12].copy_from_slice(&n.to_be_bytes()),
            _ => forged[1] = 201,
        }
        let (allocations, answers) = cost(core, *now, source, &forged);
        assert_eq!(answers, 0);
        // str0m takes a stream that it knows apart before it verifies, and puts it away again.
        assert!(allocations == 0 || n % 3 == 0 || n < 100, "{n}");
        drop(forged);
        if n == 100 {
            held = HELD.get();
        }
    }
    assert_eq!(HELD.get(), held);
}
