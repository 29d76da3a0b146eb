//! Whatever happens, in whatever order: the room stays sound, everybody's view is the room's, and
//! a restart loses nothing.

mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use szpon_protocol::{
    ParticipantId, RoomId, SessionId,
    bus::NodeEvent,
    media::SourceSet,
    room::{Reaction, RoomRole, RoomSnapshot, ToRoom},
};
use szpon_signalling_core::{Access, Input, RECONNECT_GRACE_MS, SocketId, Standing};
use uuid::Uuid;
use world::{CAPACITY, Client, View, World, fresh_seat, participant};

const PEOPLE: u8 = 9;

#[derive(Debug, Clone)]
enum Step {
    Open(u8),
    Drop(u8),
    /// A socket is closed that the room may not know any more.
    StaleClose(u64),
    Say(u8, ToRoom),
    Pass(i64),
    Restart,
    Node(u8),
    Changed(Option<bool>),
    Withdrawn(u8, bool),
    Drain,
}

fn anyone() -> impl Strategy<Value = u8> {
    // One more than there are: somebody unknown.
    0..=PEOPLE
}

fn sources() -> impl Strategy<Value = SourceSet> {
    any::<[bool; 4]>().prop_map(|[microphone, camera, screen, screen_audio]| SourceSet {
        microphone,
        camera,
        screen,
        screen_audio,
    })
}

fn message() -> impl Strategy<Value = ToRoom> {
    let who = || anyone().prop_map(participant);
    let text = || prop_oneof![Just(String::new()), ".{1,20}", Just("x".repeat(2100))];
    prop_oneof![
        1 => any::<u32>().prop_map(|nonce| ToRoom::Ping { nonce }),
        4 => sources().prop_map(|sources| ToRoom::SetSources { sources }),
        1 => any::<bool>().prop_map(|raised| ToRoom::RaiseHand { raised }),
        1 => Just(ToRoom::React { reaction: Reaction::Heart }),
        2 => ("[a-c]{0,2}", text())
            .prop_map(|(client_id, text)| ToRoom::Chat { client_id, text }),
        1 => Just(ToRoom::GetMedia),
        1 => Just(ToRoom::Leave),
        3 => who().prop_map(|participant| ToRoom::Admit { participant }),
        1 => Just(ToRoom::AdmitAll),
        1 => (who(), text()).prop_map(|(participant, reason)| ToRoom::Refuse { participant, reason }),
        1 => (prop::option::of(who()), text())
            .prop_map(|(participant, text)| ToRoom::WriteToWaiting { participant, text }),
        1 => who().prop_map(|participant| ToRoom::Mute { participant }),
        1 => Just(ToRoom::MuteAll),
        1 => who().prop_map(|participant| ToRoom::StopCamera { participant }),
        1 => who().prop_map(|participant| ToRoom::StopShare { participant }),
        1 => who().prop_map(|participant| ToRoom::LowerHand { participant }),
        1 => (who(), text()).prop_map(|(participant, reason)| ToRoom::Remove { participant, reason }),
        1 => any::<bool>().prop_map(|locked| ToRoom::Lock { locked }),
        1 => any::<bool>().prop_map(|on| ToRoom::SetWaitingRoom { on }),
        1 => (who(), prop_oneof![
            Just(RoomRole::Host),
            Just(RoomRole::CoHost),
            Just(RoomRole::Participant),
            Just(RoomRole::Interpreter),
        ])
            .prop_map(|(participant, role)| ToRoom::SetRole { participant, role }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..PEOPLE).prop_map(Step::Open),
        3 => (0..PEOPLE).prop_map(Step::Drop),
        1 => (0u64..30).prop_map(Step::StaleClose),
        // Moderators act more than others.
        12 => (prop_oneof![0u8..2, 0..PEOPLE], message()).prop_map(|(n, m)| Step::Say(n, m)),
        2 => prop_oneof![0i64..2000, 25_000i64..65_000].prop_map(Step::Pass),
        1 => Just(Step::Restart),
        1 => anyone().prop_map(Step::Node),
        1 => any::<Option<bool>>().prop_map(Step::Changed),
        1 => (0..PEOPLE, any::<bool>()).prop_map(|(n, also_in)| Step::Withdrawn(n, also_in)),
        1 => Just(Step::Drain),
    ]
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::Open(n) => {
            world.open(n);
        }
        Step::Drop(n) => {
            if let Some(socket) = socket_of(world, n) {
                world.drop_socket(socket);
            }
        }
        Step::StaleClose(n) => {
            let socket = SocketId(n);
            world.clients.remove(&socket);
            world.input(Input::Closed { socket });
        }
        Step::Say(n, message) => {
            if let Some(socket) = socket_of(world, n) {
                world.say(socket, message);
            }
        }
        Step::Pass(ms) => world.pass(ms),
        Step::Restart => world.restart(),
        Step::Node(n) => world.input(Input::Node(NodeEvent::Connected {
            room: RoomId(Uuid::from_u128(7)),
            participant: participant(n),
            session: SessionId(Uuid::from_u128(1)),
        })),
        Step::Changed(waiting_room) => {
            let title = "Inny tytuł".to_owned();
            world.input(Input::Changed { title, waiting_room });
        }
        Step::Withdrawn(n, also_in) => {
            let seat = fresh_seat(n, world.now);
            let access = match (seat.person, seat.link) {
                (Some(person), _) => Access::Person(person),
                (None, Some(link)) => Access::Link(link),
                (None, None) => return,
            };
            world.input(Input::Withdrawn { access, also_in });
        }
        Step::Drain => world.input(Input::Drain { after_ms: 500 }),
    }
}

/// The open socket of a participant.
fn socket_of(world: &World, n: u8) -> Option<SocketId> {
    let open = |c: &Client| c.who == participant(n) && c.closed.is_none();
    world.clients.iter().find(|(_, c)| open(c)).map(|(socket, _)| *socket)
}

/// The parts of a snapshot that messages keep up to date, in one order.
fn essence(mut room: RoomSnapshot) -> RoomSnapshot {
    room.participants.sort_by_key(|p| p.id);
    // A changed title reaches clients at their next snapshot only.
    room.title.clear();
    room
}

fn check(world: &World) -> Result<(), TestCaseError> {
    let mut inside = BTreeSet::new();
    let mut waiting = BTreeSet::new();
    for seat in world.store.seats.values() {
        match seat.standing {
            Standing::In => {
                inside.insert(seat.id);
                prop_assert!(seat.admitted);
            }
            Standing::Waiting => {
                waiting.insert(seat.id);
                prop_assert_eq!(seat.sources, SourceSet::NONE);
            }
            _ => prop_assert!(!world.room.knows(seat.id)),
        }
        prop_assert!(!(seat.is_guest() && seat.role.moderates()), "a guest never moderates");
    }
    prop_assert_eq!(inside.len(), world.room.participants_now(), "the store knows who is in");
    prop_assert_eq!(waiting.len(), world.room.waiting_now(), "the store knows who waits");
    prop_assert_eq!(&inside, &world.store.present, "attendance is who is in");
    prop_assert!(inside.len() <= CAPACITY + world.moderated.len());
    let sharing = world.store.seats.values().filter(|s| s.sources.screen).count();
    prop_assert!(sharing <= 1, "one screen at a time");

    let mut connected: BTreeSet<ParticipantId> = BTreeSet::new();
    for (socket, client) in &world.clients {
        if client.closed.is_some() {
            continue;
        }
        prop_assert!(connected.insert(client.who), "one socket for each participant");
        prop_assert_eq!(world.room.seat_of(*socket).map(|s| s.id), Some(client.who));
        match &client.view {
            View::In(room) => {
                prop_assert!(inside.contains(&client.who));
                let moderates = world.store.seats[&client.who].role.moderates();
                prop_assert!(moderates || room.waiting.is_empty(), "who waits is no one's else");
                let truth = world.room.snapshot(client.who);
                prop_assert_eq!(essence((**room).clone()), essence(truth));
            }
            View::Waiting { place, of, .. } => {
                prop_assert!(waiting.contains(&client.who));
                prop_assert_eq!(*of as usize, waiting.len());
                let ahead = world
                    .store
                    .seats
                    .values()
                    .filter(|s| s.standing == Standing::Waiting)
                    .filter(|s| {
                        let me = &world.store.seats[&client.who];
                        (s.since, s.id) < (me.since, me.id)
                    })
                    .count();
                prop_assert_eq!(*place as usize, ahead + 1);
            }
            View::Nothing | View::Out => {
                prop_assert!(false, "an open socket knows where it stands: {:?}", client);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_room_stays_sound(
        waiting_room: bool,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new(waiting_room);
        for step in steps {
            take(&mut world, step);
            check(&world)?;
        }
    }

    #[test]
    fn a_restart_loses_nothing(
        waiting_room: bool,
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(waiting_room);
        for step in steps {
            take(&mut world, step);
        }
        let host = participant(0);
        let before = essence(world.room.snapshot(host));
        world.restart();
        let after = essence(world.room.snapshot(host));
        // Everything is as it was, except that nobody is connected yet.
        let offline = |mut room: RoomSnapshot| {
            room.participants.iter_mut().for_each(|p| p.connected = false);
            room.waiting.iter_mut().for_each(|p| p.connected = false);
            room
        };
        prop_assert_eq!(offline(before), after);
        // And whoever was in is in again when they return in time.
        world.pass(RECONNECT_GRACE_MS - 1);
        let inside: Vec<u8> = (0..PEOPLE)
            .filter(|n| world.store.present.contains(&participant(*n)))
            .collect();
        for n in inside {
            let socket = world.open(n);
            prop_assert!(matches!(world.clients[&socket].view, View::In(_)));
        }
    }
}
