//! Three people talk; one of them meets a panic.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, Input, Rtc, RtcConfig,
    change::SdpAnswer,
    format::Codec,
    media::{Direction, MediaKind, Mid},
    net::{Protocol, Receive},
    rtp::RtpWrite,
};
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    bus::NodeEvent,
    media::{DATA_CHANNEL, SlotMedia, Source, SourceSet, TrackPurpose},
};

use crate::{
    Core, CoreConfig, CoreEvent, Datagram, OpenError, OpenRequest, Outbox, Output, Spread,
    Transport, Viewing, trap::Place,
};

/// A quarter of what an Opus packet lasts.
const STEP: Duration = Duration::from_millis(5);

struct Person {
    rtc: Rtc,
    /// Index of the core that the session is on.
    shard: usize,
    address: SocketAddr,
    microphone: Mid,
    session: SessionId,
    said: u64,
    heard: usize,
    unsent: Vec<Vec<u8>>,
}

struct Meeting {
    cores: Vec<Core>,
    now: Instant,
    room: RoomId,
    people: Vec<Person>,
    gone: Vec<SessionId>,
    steps: u64,
    joins: u16,
}

fn node() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 40_000))
}

impl Meeting {
    fn new() -> Self {
        Self::on(1)
    }

    fn on(shards: u16) -> Self {
        let core = |shard| {
            let mut config = CoreConfig::new(shard, vec![node()], vec![], [7 + shard as u8; 32]);
            config.peers = (0..shards).filter(|peer| *peer != shard).collect();
            Core::new(config)
        };
        let cores = (0..shards).map(core).collect();
        let (people, gone) = (Vec::new(), Vec::new());
        Self { cores, now: Instant::now(), room: RoomId::new(), people, gone, steps: 0, joins: 0 }
    }

    fn of(people: usize) -> Self {
        Self::new().with(people)
    }

    /// So many people, one after the other on each shard.
    fn with(self, people: usize) -> Self {
        let mut meeting = self;
        for person in 0..people {
            meeting.join_on(person % meeting.cores.len()).unwrap();
        }
        meeting.run(Duration::from_secs(3));
        assert!(meeting.people.iter().all(|person| person.rtc.is_connected()));
        meeting
    }

    fn join(&mut self) -> Result<(), OpenError> {
        self.join_on(0)
    }

    fn join_on(&mut self, shard: usize) -> Result<(), OpenError> {
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(self.now);
        self.joins += 1;
        let address = SocketAddr::from(([10, 0, 0, 1], 5_000 + self.joins));
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut changes = rtc.sdp_api();
        changes.add_channel(DATA_CHANNEL.into());
        let microphone = changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let mut tracks =
            vec![TrackPurpose::Publish { mid: microphone.to_string(), source: Source::Microphone }];
        for _ in 0..2 {
            let mid = changes.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
            tracks.push(TrackPurpose::Slot { mid: mid.to_string(), media: SlotMedia::Audio });
        }
        let (offer, pending) = changes.apply().unwrap();
        let session = SessionId::new();
        let request = OpenRequest {
            room: self.room,
            participant: ParticipantId::new(),
            session,
            publish: SourceSet::ALL,
            sdp: offer.to_sdp_string(),
            tracks,
            viewing: Viewing::Client,
        };
        let answer = self.cores[shard].open(self.now, request)?;
        let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
        rtc.sdp_api().accept_answer(pending, answer).unwrap();
        self.people.push(Person {
            rtc,
            shard,
            address,
            microphone,
            session,
            said: 0,
            heard: 0,
            unsent: Vec::new(),
        });
        Ok(())
    }

    fn trap(&mut self, place: Place, person: usize) {
        let Person { session, shard, .. } = self.people[person];
        let core = &mut self.cores[shard];
        core.trap.0 = Some((place, core.by_id[&session]));
    }

    fn panics(&self) -> u64 {
        self.cores.iter().map(|core| core.counters().panics).sum()
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += STEP;
            self.steps += 1;
            for index in 0..self.people.len() {
                self.step(index);
            }
            self.take_out();
        }
    }

    fn step(&mut self, index: usize) {
        let person = &mut self.people[index];
        person.rtc.handle_input(Input::Timeout(self.now)).unwrap();
        person.drain();
        if person.rtc.is_connected() && self.steps.is_multiple_of(4) {
            person.speak(self.now);
        }
        person.drain();
        for payload in std::mem::take(&mut person.unsent) {
            let source = self.people[index].address;
            let datagram = Datagram {
                transport: Transport::Udp,
                source,
                destination: node(),
                payload: &payload,
            };
            self.cores[self.people[index].shard].receive(self.now, datagram);
        }
    }

    fn take_out(&mut self) {
        // What one shard says makes another one speak.
        while (0..self.cores.len()).map(|shard| self.take_out_of(shard)).fold(false, |a, b| a | b) {
        }
    }

    /// True if something went to another shard.
    fn take_out_of(&mut self, shard: usize) -> bool {
        let mut told = Vec::new();
        loop {
            match self.cores[shard].poll(self.now) {
                Output::Event(CoreEvent::Node(NodeEvent::Gone { session, .. })) => {
                    self.gone.push(session);
                }
                Output::Event(_) => {}
                Output::Relay { to, message } => told.push((to, message)),
                Output::Send => self.send(shard),
                Output::Wait(_) => break,
            }
        }
        let mut packets = Vec::new();
        self.cores[shard].take_relayed(&mut packets);
        let any = !told.is_empty() || !packets.is_empty();
        for (to, message) in told {
            self.cores[usize::from(to)].relay(self.now, shard as u16, message);
        }
        for (to, packet) in packets {
            self.cores[usize::from(to)].relay_packet(self.now, packet);
        }
        self.send(shard);
        any
    }

    fn send(&mut self, shard: usize) {
        let mut outbox = Outbox::default();
        self.cores[shard].take_outbox(&mut outbox);
        for (out, contents) in outbox.runs().flat_map(|run| run.datagrams().map(move |d| (run, d)))
        {
            let person = self.people.iter_mut().find(|p| p.address == out.destination).unwrap();
            let receive =
                Receive::new(Protocol::Udp, out.source, out.destination, contents).unwrap();
            // Who was put out hears of it by an error.
            let _ = person.rtc.handle_input(Input::Receive(self.now, receive));
            person.drain();
        }
    }

    /// What everyone hears in the next second.
    fn heard(&mut self) -> Vec<usize> {
        self.people.iter_mut().for_each(|person| person.heard = 0);
        self.run(Duration::from_secs(1));
        self.people.iter().map(|person| person.heard).collect()
    }

    /// Everyone but one is there, hears the others, and the room takes people in.
    fn ends_alone(mut self, person: usize) {
        assert_eq!(self.gone, [self.people[person].session]);
        assert_eq!(self.panics(), 1);
        let Person { shard, .. } = self.people.remove(person);
        self.hear_each_other();
        self.join_on(shard).unwrap();
        self.run(Duration::from_secs(3));
        self.hear_each_other();
        self.all_leave();
    }

    /// Fifty packets of each of the others, as far as there are slots.
    fn hear_each_other(&mut self) {
        let heard = self.heard();
        let others = (self.people.len() - 1).min(2);
        assert!(heard.iter().all(|heard| *heard >= 45 * others), "{heard:?}");
    }

    fn all_leave(mut self) {
        for Person { session, shard, .. } in &self.people {
            assert!(self.cores[*shard].close(self.now, *session));
        }
        self.take_out();
        for core in &self.cores {
            assert_eq!(core.load(), (0, 0));
            assert_eq!(core.handshakes, 0);
            assert_eq!(core.flows(), 0);
            assert_eq!(core.spread(), Spread::default());
            assert!(core.undelivered.is_empty());
        }
    }
}

impl Person {
    fn speak(&mut self, now: Instant) {
        let codecs = self.rtc.codec_config();
        let pt = codecs.find(|p| p.spec().codec == Codec::Opus).unwrap().pt();
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.microphone, None).unwrap();
        let n = self.said;
        self.said += 1;
        let write =
            RtpWrite::new(pt, (1_000 + n).into(), (n * 960) as u32, now, [0xfc; 40].as_slice());
        stream.write_rtp(write);
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Ok(str0m::Output::Timeout(_)) | Err(_) => return,
                Ok(str0m::Output::Transmit(transmit)) => {
                    self.unsent.push(transmit.contents.to_vec());
                }
                Ok(str0m::Output::Event(Event::RtpPacket(_))) => self.heard += 1,
                Ok(str0m::Output::Event(_)) => {}
            }
        }
    }
}

#[test]
fn a_panic_in_the_service_of_one_ends_that_session_alone() {
    for place in [Place::Datagram, Place::Delivery, Place::Timer, Place::Waiting, Place::Plan] {
        let mut meeting = Meeting::of(3);
        meeting.trap(place, 1);
        meeting.run(Duration::from_secs(2));
        assert!(meeting.cores[0].trap.0.is_none(), "{place:?} is never reached");
        meeting.ends_alone(1);
    }
}

#[test]
fn a_panic_on_one_of_two_shards_ends_that_session_alone() {
    for place in [Place::Datagram, Place::Delivery, Place::Timer, Place::Waiting, Place::Plan] {
        let mut meeting = Meeting::on(2).with(4);
        meeting.hear_each_other();
        let before: Vec<_> = meeting.cores.iter().map(Core::spread).collect();
        meeting.trap(place, 1);
        meeting.run(Duration::from_secs(2));
        assert!(meeting.cores[1].trap.0.is_none(), "{place:?} is never reached");
        let after: Vec<_> = meeting.cores.iter().map(Core::spread).collect();
        // What the shard that panicked knows of the other one is as it was.
        assert_eq!((after[1].mirrors, after[1].members_elsewhere), (2, 2));
        assert_eq!((after[0].mirrors, after[0].members_elsewhere), (1, 1));
        assert_eq!(after[0].relays, before[0].relays);
        meeting.ends_alone(1);
    }
}

#[test]
fn a_panic_at_the_news_of_another_shard_ends_the_room_on_this_one() {
    let mut meeting = Meeting::on(2).with(4);
    meeting.trap(Place::News, 1);
    meeting.join_on(0).unwrap();
    meeting.run(Duration::from_secs(3));
    assert!(meeting.cores[1].trap.0.is_none(), "never reached");
    assert_eq!(meeting.panics(), 1);
    let (here, there): (Vec<_>, Vec<_>) = meeting.people.drain(..).partition(|p| p.shard == 0);
    assert_eq!(meeting.gone.len(), there.len());
    assert!(there.iter().all(|person| meeting.gone.contains(&person.session)));
    meeting.people = here;
    assert_eq!((meeting.cores[0].load(), meeting.cores[1].load()), ((3, 1), (0, 0)));
    assert_eq!(meeting.cores[0].spread(), Spread::default());
    meeting.hear_each_other();
    meeting.join_on(1).unwrap();
    meeting.run(Duration::from_secs(3));
    meeting.hear_each_other();
    meeting.all_leave();
}

#[test]
fn a_panic_while_much_waits_ends_one_and_leaves_nothing_behind() {
    let mut meeting = Meeting::of(3);
    let session = meeting.people[1].session;
    meeting.trap(Place::Delivery, 1);
    // Every person's packets wait for the next poll, and somebody leaves before it.
    let leaver = meeting.people[2].session;
    while meeting.cores[0].waiting_tracks() < 3 {
        meeting.now += STEP;
        meeting.steps += 1;
        for index in 0..meeting.people.len() {
            meeting.step(index);
        }
    }
    assert!(meeting.cores[0].close(meeting.now, leaver));
    meeting.take_out();
    assert_eq!(meeting.panics(), 1);
    // The panic was of one, and what it came in the way of is done all the same.
    assert!(meeting.gone.contains(&session) && meeting.gone.contains(&leaver));
    meeting.people.truncate(1);
    meeting.join().unwrap();
    meeting.run(Duration::from_secs(3));
    meeting.hear_each_other();
    meeting.all_leave();
}

#[test]
fn a_panic_in_the_room_ends_that_room_alone() {
    let mut meeting = Meeting::of(3);
    let mut other = Meeting::new();
    std::mem::swap(&mut meeting.room, &mut other.room);
    meeting.join().unwrap();
    meeting.run(Duration::from_secs(1));
    meeting.trap(Place::Quality, 0);
    meeting.run(Duration::from_secs(3));
    assert_eq!(meeting.cores[0].counters().panics, 1);
    let ended: Vec<_> = meeting.people[..3].iter().map(|person| person.session).collect();
    assert_eq!(meeting.gone.len(), 3);
    assert!(ended.iter().all(|session| meeting.gone.contains(session)));
    assert_eq!(meeting.cores[0].load(), (1, 1));
}

#[test]
fn a_panic_at_the_door_is_a_refusal() {
    let mut meeting = Meeting::of(2);
    meeting.cores[0].trap.0 = Some((Place::Open, meeting.cores[0].sessions.vacant_key()));
    assert!(matches!(meeting.join(), Err(OpenError::BadOffer(_))));
    meeting.run(Duration::from_secs(1));
    let counters = meeting.cores[0].counters();
    assert_eq!((counters.panics, counters.sessions_refused), (1, 1));
    assert_eq!(meeting.cores[0].load(), (2, 1));
    meeting.join().unwrap();
    meeting.run(Duration::from_secs(3));
    assert!(meeting.heard().iter().all(|heard| *heard >= 45 * 2));
}
