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
    Core, CoreConfig, CoreEvent, Datagram, OpenError, OpenRequest, Outbox, Output, Transport,
    Viewing, trap::Place,
};

/// A quarter of what an Opus packet lasts.
const STEP: Duration = Duration::from_millis(5);

struct Person {
    rtc: Rtc,
    address: SocketAddr,
    microphone: Mid,
    session: SessionId,
    said: u64,
    heard: usize,
    unsent: Vec<Vec<u8>>,
}

struct Meeting {
    core: Core,
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
        let core = Core::new(CoreConfig::new(0, vec![node()], vec![], [7; 32]));
        let (people, gone) = (Vec::new(), Vec::new());
        Self { core, now: Instant::now(), room: RoomId::new(), people, gone, steps: 0, joins: 0 }
    }

    fn of(people: usize) -> Self {
        let mut meeting = Self::new();
        for _ in 0..people {
            meeting.join().unwrap();
        }
        meeting.run(Duration::from_secs(3));
        assert!(meeting.people.iter().all(|person| person.rtc.is_connected()));
        meeting
    }

    fn join(&mut self) -> Result<(), OpenError> {
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
        let answer = self.core.open(self.now, request)?;
        let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
        rtc.sdp_api().accept_answer(pending, answer).unwrap();
        self.people.push(Person {
            rtc,
            address,
            microphone,
            session,
            said: 0,
            heard: 0,
            unsent: Vec::new(),
        });
        Ok(())
    }

    fn key(&self, person: usize) -> usize {
        self.core.by_id[&self.people[person].session]
    }

    fn trap(&mut self, place: Place, person: usize) {
        self.core.trap.0 = Some((place, self.key(person)));
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
            self.core.receive(self.now, datagram);
        }
    }

    fn take_out(&mut self) {
        loop {
            match self.core.poll(self.now) {
                Output::Event(CoreEvent::Node(NodeEvent::Gone { session, .. })) => {
                    self.gone.push(session);
                }
                Output::Event(_) => {}
                Output::Wait(_) => break,
            }
        }
        let mut outbox = Outbox::default();
        self.core.take_outbox(&mut outbox);
        for out in outbox.iter() {
            let person = self.people.iter_mut().find(|p| p.address == out.destination).unwrap();
            let receive =
                Receive::new(Protocol::Udp, out.source, out.destination, out.contents).unwrap();
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
        assert_eq!(self.core.counters().panics, 1);
        self.people.remove(person);
        let heard = self.heard();
        // Fifty packets of each of the others.
        let others = self.people.len() - 1;
        assert!(heard.iter().all(|heard| *heard >= 45 * others), "{heard:?}");
        self.join().unwrap();
        self.run(Duration::from_secs(3));
        let heard = self.heard();
        assert!(heard.iter().all(|heard| *heard >= 45 * 2), "{heard:?}");
        for person in 0..self.people.len() {
            assert!(self.core.close(self.now, self.people[person].session));
        }
        self.take_out();
        assert_eq!(self.core.load(), (0, 0));
        assert_eq!(self.core.handshakes, 0);
        assert_eq!(self.core.flows(), 0);
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
        assert!(meeting.core.trap.0.is_none(), "{place:?} is never reached");
        meeting.ends_alone(1);
    }
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
    assert_eq!(meeting.core.counters().panics, 1);
    let ended: Vec<_> = meeting.people[..3].iter().map(|person| person.session).collect();
    assert_eq!(meeting.gone.len(), 3);
    assert!(ended.iter().all(|session| meeting.gone.contains(session)));
    assert_eq!(meeting.core.load(), (1, 1));
}

#[test]
fn a_panic_at_the_door_is_a_refusal() {
    let mut meeting = Meeting::of(2);
    meeting.core.trap.0 = Some((Place::Open, meeting.core.sessions.vacant_key()));
    assert!(matches!(meeting.join(), Err(OpenError::BadOffer(_))));
    meeting.run(Duration::from_secs(1));
    let counters = meeting.core.counters();
    assert_eq!((counters.panics, counters.sessions_refused), (1, 1));
    assert_eq!(meeting.core.load(), (2, 1));
    meeting.join().unwrap();
    meeting.run(Duration::from_secs(3));
    assert!(meeting.heard().iter().all(|heard| *heard >= 45 * 2));
}
