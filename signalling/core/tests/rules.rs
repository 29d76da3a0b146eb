//! The rules one by one, as a meeting would meet them.

mod world;

use szpon_protocol::{
    Code, RoomId, SessionId,
    admin::AuditAction,
    bus::{NodeCommand, NodeEvent},
    media::SourceSet,
    room::{LeaveReason, Reaction, RoomRole, ToClient, ToRoom},
};
use szpon_signalling_core::{
    Access, CloseReason, Input, RECONNECT_GRACE_MS, Seat, SocketId, Standing, WAITING_GRACE_MS,
    WAITING_MAX,
};
use uuid::Uuid;
use world::{CAPACITY, Client, View, World, fresh_seat, participant};

const MIC: SourceSet = SourceSet { microphone: true, ..SourceSet::NONE };
const SCREEN: SourceSet = SourceSet { screen: true, screen_audio: true, ..SourceSet::NONE };

fn client(world: &World, socket: SocketId) -> &Client {
    &world.clients[&socket]
}

/// How many messages of a kind came.
fn count(client: &Client, kind: impl Fn(&ToClient) -> bool) -> usize {
    client.heard.iter().filter(|m| kind(m)).count()
}

fn last_refusal(world: &World, socket: SocketId) -> Option<Code> {
    match client(world, socket).heard.last() {
        Some(ToClient::Refusal { code, .. }) => Some(*code),
        _ => None,
    }
}

fn is_in(world: &World, socket: SocketId) -> bool {
    matches!(client(world, socket).view, View::In(_))
}

fn waiting(world: &World, socket: SocketId) -> (u32, u32, bool) {
    match client(world, socket).view {
        View::Waiting { place, of, host_present } => (place, of, host_present),
        ref other => panic!("not waiting but {other:?}"),
    }
}

fn chat(mark: &str, text: &str) -> ToRoom {
    ToRoom::Chat { client_id: mark.into(), text: text.into() }
}

#[test]
fn a_citizen_waits_is_written_to_and_let_in() {
    let mut world = World::new(true);
    let citizen = world.open(5);
    assert_eq!(waiting(&world, citizen), (1, 1, false));
    world.pass(1000);
    let second = world.open(6);
    assert_eq!(waiting(&world, second), (2, 2, false));
    assert_eq!(waiting(&world, citizen), (1, 2, false));

    let host = world.open(0);
    assert!(is_in(&world, host));
    assert_eq!(waiting(&world, citizen), (1, 2, true));
    world.say(
        host,
        ToRoom::WriteToWaiting {
            participant: Some(participant(6)),
            text: "Proszę o chwilę".into(),
        },
    );
    assert_eq!(count(client(&world, second), |m| matches!(m, ToClient::Note { .. })), 1);
    assert_eq!(count(client(&world, citizen), |m| matches!(m, ToClient::Note { .. })), 0);

    world.say(host, ToRoom::Admit { participant: participant(5) });
    assert!(is_in(&world, citizen));
    assert_eq!(waiting(&world, second), (1, 1, true));
    assert_eq!(world.audit, 1);
}

#[test]
fn a_note_is_told_again_after_a_reconnect() {
    let mut world = World::new(true);
    let host = world.open(0);
    let citizen = world.open(5);
    world.say(host, ToRoom::WriteToWaiting { participant: None, text: "Zaraz".into() });
    world.drop_socket(citizen);
    world.restart();
    let citizen = world.open(5);
    assert_eq!(count(client(&world, citizen), |m| matches!(m, ToClient::Note { .. })), 1);
}

#[test]
fn late_decisions_are_answered_clearly() {
    let mut world = World::new(true);
    let (host, co_host) = (world.open(0), world.open(1));
    world.open(5);
    let other = world.open(6);
    world.say(host, ToRoom::Admit { participant: participant(5) });
    // A moderator who was slower hears that it was decided …
    world.say(co_host, ToRoom::Refuse { participant: participant(5), reason: String::new() });
    assert_eq!(last_refusal(&world, co_host), Some(Code::Conflict));
    world.say(
        co_host,
        ToRoom::WriteToWaiting { participant: Some(participant(5)), text: "Chwila".into() },
    );
    assert_eq!(last_refusal(&world, co_host), Some(Code::Conflict));
    // … or that the person has gone.
    world.say(other, ToRoom::Leave);
    world.say(co_host, ToRoom::Admit { participant: participant(6) });
    assert_eq!(last_refusal(&world, co_host), Some(Code::NotFound));
}

#[test]
fn a_refused_person_may_not_come_back_as_the_same_participant() {
    let mut world = World::new(true);
    let host = world.open(0);
    let citizen = world.open(5);
    let refuse = ToRoom::Refuse { participant: participant(5), reason: "Proszę o 12:00".into() };
    world.say(host, refuse);
    let told = ToClient::Refused { reason: "Proszę o 12:00".into() };
    assert_eq!(client(&world, citizen).heard.last(), Some(&told));
    assert_eq!(client(&world, citizen).closed, Some(CloseReason::Removed));
    let again = world.open(5);
    assert_eq!(client(&world, again).heard, vec![told]);
    assert_eq!(client(&world, again).closed, Some(CloseReason::Removed));
}

#[test]
fn locking_makes_guests_wait_even_without_a_waiting_room() {
    let mut world = World::new(false);
    let host = world.open(0);
    let inside = world.open(4);
    assert!(is_in(&world, inside));
    world.say(host, ToRoom::Lock { locked: true });
    let late = world.open(5);
    assert_eq!(waiting(&world, late), (1, 1, true));
    let colleague = world.open(2);
    assert!(is_in(&world, colleague), "staff of the office enter a locked room");
    // A lost connection isn't a new guest.
    world.drop_socket(inside);
    let back = world.open(4);
    assert!(is_in(&world, back));
    // Unlocked again, whoever need not wait comes in.
    world.say(host, ToRoom::Lock { locked: false });
    assert!(is_in(&world, late));
}

#[test]
fn removed_means_removed() {
    let mut world = World::new(false);
    let host = world.open(0);
    let guest = world.open(5);
    world.say(host, ToRoom::Remove { participant: participant(5), reason: String::new() });
    assert_eq!(client(&world, guest).closed, Some(CloseReason::Removed));
    let left = ToClient::Left { participant: participant(5), reason: LeaveReason::Removed };
    assert!(client(&world, host).heard.contains(&left));
    assert!(world.nodes.contains(&NodeCommand::Remove {
        room: RoomId(Uuid::from_u128(7)),
        participant: participant(5),
    }));
    world.restart();
    let again = world.open(5);
    assert!(matches!(client(&world, again).heard[..], [ToClient::Removed { .. }]));
    assert_eq!(world.room.participants_now(), 1);
}

#[test]
fn places_are_kept_for_the_grace_and_no_longer() {
    let mut world = World::new(true);
    let host = world.open(0);
    let guest = world.open(5);
    world.say(host, ToRoom::Admit { participant: participant(5) });
    world.say(guest, ToRoom::SetSources { sources: MIC });
    world.say(guest, ToRoom::RaiseHand { raised: true });
    world.drop_socket(guest);
    world.pass(RECONNECT_GRACE_MS - 1);
    let guest = world.open(5);
    let View::In(room) = &client(&world, guest).view else { panic!("the place was kept") };
    let me = room.participants.iter().find(|p| p.id == participant(5)).expect("in my own view");
    assert!(me.connected && me.sources == MIC && me.hand_raised_at.is_some());

    world.drop_socket(guest);
    world.pass(RECONNECT_GRACE_MS);
    let left = ToClient::Left { participant: participant(5), reason: LeaveReason::Lost };
    assert!(client(&world, host).heard.contains(&left));
    // Let in once, so back in without waiting; but as one who has just come.
    let guest = world.open(5);
    let View::In(room) = &client(&world, guest).view else { panic!("was admitted before") };
    let me = room.participants.iter().find(|p| p.id == participant(5)).expect("in my own view");
    assert!(me.sources == SourceSet::NONE && me.hand_raised_at.is_none());
}

#[test]
fn a_waiting_place_is_kept_longer() {
    let mut world = World::new(true);
    let first = world.open(5);
    world.pass(10);
    let second = world.open(6);
    world.drop_socket(first);
    world.pass(WAITING_GRACE_MS - 1);
    assert_eq!(waiting(&world, second), (2, 2, false));
    let first = world.open(5);
    assert_eq!(waiting(&world, first), (1, 2, false));
    world.drop_socket(first);
    world.pass(WAITING_GRACE_MS);
    assert_eq!(waiting(&world, second), (1, 1, false));
}

#[test]
fn a_second_window_replaces_the_first() {
    let mut world = World::new(false);
    let first = world.open(0);
    let second = world.open(0);
    assert_eq!(client(&world, first).heard.last(), Some(&ToClient::Replaced));
    assert_eq!(client(&world, first).closed, Some(CloseReason::Replaced));
    assert!(is_in(&world, second));
    // The first one's end says nothing about the participant.
    world.drop_socket(first);
    assert_eq!(world.room.wake_at(), None);
}

#[test]
fn the_host_leaving_does_not_end_the_meeting() {
    let mut world = World::new(false);
    let host = world.open(0);
    let guest = world.open(5);
    world.say(host, ToRoom::Leave);
    assert!(!world.room.has_ended());
    assert!(is_in(&world, guest) && client(&world, guest).closed.is_none());
}

#[test]
fn the_end_is_for_all() {
    let mut world = World::new(true);
    let (host, guest, outside) = (world.open(0), world.open(5), world.open(6));
    world.say(host, ToRoom::Admit { participant: participant(5) });
    world.say(guest, ToRoom::End);
    assert_eq!(last_refusal(&world, guest), Some(Code::Forbidden));
    world.say(host, ToRoom::End);
    for socket in [host, guest, outside] {
        assert_eq!(client(&world, socket).heard.last(), Some(&ToClient::Ended));
        assert_eq!(client(&world, socket).closed, Some(CloseReason::Ended));
    }
    assert!(world.room.is_idle() && world.store.present.is_empty());
    let late = world.open(5);
    assert_eq!(client(&world, late).heard, vec![ToClient::Ended]);
    world.restart();
    let late = world.open(0);
    assert_eq!(client(&world, late).heard, vec![ToClient::Ended]);
}

#[test]
fn mute_all_spares_moderators_and_interpreters() {
    let mut world = World::new(false);
    let sockets = [0, 1, 3, 5].map(|n| world.open(n));
    for socket in sockets {
        world.say(socket, ToRoom::SetSources { sources: MIC });
    }
    world.say(sockets[1], ToRoom::MuteAll);
    let loud = |n: u8| world.store.seats[&participant(n)].sources.microphone;
    assert!(loud(0) && loud(1) && loud(3) && !loud(5));
    let taken = ToClient::SourcesTaken { by_name: "Person 1".into(), sources: SourceSet::NONE };
    assert!(client(&world, sockets[3]).heard.contains(&taken));
    assert_eq!(
        world.nodes.last(),
        Some(&NodeCommand::Allow {
            room: RoomId(Uuid::from_u128(7)),
            participant: participant(5),
            sources: SourceSet::NONE,
        })
    );
    // And the way back.
    world.say(sockets[3], ToRoom::SetSources { sources: MIC });
    assert!(world.store.seats[&participant(5)].sources.microphone);
}

#[test]
fn one_screen_at_a_time() {
    let mut world = World::new(false);
    let (host, anna, jan) = (world.open(0), world.open(5), world.open(6));
    world.say(anna, ToRoom::SetSources { sources: SCREEN });
    world.say(jan, ToRoom::SetSources { sources: SCREEN });
    assert_eq!(last_refusal(&world, jan), Some(Code::Conflict));
    world.say(host, ToRoom::SetSources { sources: SCREEN });
    let sharing = |world: &World, n| world.store.seats[&participant(n)].sources.screen;
    assert!(sharing(&world, 0) && !sharing(&world, 5));
    let taken = |m: &ToClient| matches!(m, ToClient::SourcesTaken { .. });
    assert_eq!(count(client(&world, anna), taken), 1);
    // One whose connection is lost doesn't hold the screen against the others.
    world.drop_socket(host);
    world.say(jan, ToRoom::SetSources { sources: SCREEN });
    assert!(sharing(&world, 6) && !sharing(&world, 0));
}

#[test]
fn hands_keep_their_order() {
    let mut world = World::new(false);
    let (anna, jan) = (world.open(5), world.open(6));
    world.say(anna, ToRoom::RaiseHand { raised: true });
    world.pass(50);
    world.say(jan, ToRoom::RaiseHand { raised: true });
    world.pass(50);
    world.say(anna, ToRoom::RaiseHand { raised: true });
    let at = |n: u8| world.store.seats[&participant(n)].hand_raised_at;
    assert!(at(5) < at(6));
}

#[test]
fn roles() {
    let mut world = World::new(true);
    let (host, co_host, colleague) = (world.open(0), world.open(1), world.open(2));
    world.open(5);
    let set = |n, role| ToRoom::SetRole { participant: participant(n), role };
    world.say(co_host, set(0, RoomRole::Participant));
    assert_eq!(last_refusal(&world, co_host), Some(Code::Forbidden));
    world.say(host, set(2, RoomRole::Host));
    assert_eq!(last_refusal(&world, host), Some(Code::Invalid));
    world.say(host, set(5, RoomRole::CoHost));
    assert_eq!(last_refusal(&world, host), Some(Code::Forbidden), "a guest never moderates");
    world.say(host, set(5, RoomRole::Interpreter));
    assert_eq!(world.store.seats[&participant(5)].role, RoomRole::Interpreter);

    // A new moderator sees the waiting room at once, a former one no longer.
    world.say(host, set(2, RoomRole::CoHost));
    let View::In(room) = &client(&world, colleague).view else { panic!() };
    assert_eq!(room.waiting.len(), 1);
    world.say(host, set(2, RoomRole::Participant));
    let View::In(room) = &client(&world, colleague).view else { panic!() };
    assert!(room.waiting.is_empty());
    world.say(co_host, ToRoom::Mute { participant: participant(0) });
    assert_eq!(last_refusal(&world, co_host), Some(Code::Forbidden));
    world.say(co_host, ToRoom::Remove { participant: participant(0), reason: String::new() });
    assert_eq!(last_refusal(&world, co_host), Some(Code::Forbidden));
}

#[test]
fn a_full_room_keeps_the_rest_waiting() {
    let mut world = World::new(false);
    let guests: Vec<_> = (4..4 + CAPACITY as u8 + 1).map(|n| world.open(n)).collect();
    let (last, inside) = guests.split_last().expect("some");
    assert!(inside.iter().all(|s| is_in(&world, *s)));
    assert_eq!(waiting(&world, *last), (1, 1, false));
    let host = world.open(0);
    assert!(is_in(&world, host), "a moderator always gets in");
    world.say(host, ToRoom::AdmitAll);
    assert_eq!(last_refusal(&world, host), Some(Code::RoomFull));
    world.say(inside[0], ToRoom::Leave);
    assert!(!is_in(&world, *last), "the host took the place that became free");
    world.say(inside[1], ToRoom::Leave);
    assert!(is_in(&world, *last));
}

#[test]
fn who_moderates_no_more_stays_in_a_full_room() {
    let mut world = World::new(false);
    let guests: Vec<_> = (4..4 + CAPACITY as u8).map(|n| world.open(n)).collect();
    let (host, co_host) = (world.open(0), world.open(1));
    let demote = ToRoom::SetRole { participant: participant(1), role: RoomRole::Participant };
    world.say(host, demote);
    assert!(is_in(&world, co_host));
    world.say(guests[0], ToRoom::Leave);
    let late = world.open(4 + CAPACITY as u8);
    assert!(!is_in(&world, late), "there are still as many as the room holds, and the host");
}

#[test]
fn a_leaked_link_cannot_fill_the_memory() {
    let mut world = World::new(true);
    for n in 0..WAITING_MAX as u128 {
        let mut seat = fresh_seat(5, world.now);
        seat.id.0 = Uuid::from_u128(0x9000 + n);
        let name = seat.name.clone();
        world.input(Input::Opened { socket: SocketId(10_000 + n as u64), seat, name });
    }
    let one_more = world.open(6);
    assert_eq!(client(&world, one_more).closed, Some(CloseReason::Full));
    assert_eq!(last_refusal(&world, one_more), Some(Code::RoomFull));
    let host = world.open(0);
    assert!(is_in(&world, host));
}

#[test]
fn chat_is_said_once_however_often_it_is_sent() {
    let mut world = World::new(false);
    let (host, guest) = (world.open(0), world.open(5));
    world.say(guest, chat("m1", "  Dzień dobry  "));
    world.drop_socket(guest);
    world.restart();
    let host_again = world.open(0);
    let guest = world.open(5);
    world.say(guest, chat("m1", "Dzień dobry"));
    assert_eq!(world.store.chat.len(), 1);
    assert_eq!(world.store.chat[0].text, "Dzień dobry");
    let heard = |m: &ToClient| matches!(m, ToClient::Chat { .. });
    assert_eq!(count(client(&world, guest), heard), 1, "the echo");
    assert_eq!(count(client(&world, host_again), heard), 0, "nobody else hears it twice");
    // The same mark of somebody else is another message.
    world.say(host_again, chat("m1", "Dzień dobry"));
    assert_eq!(world.store.chat.len(), 2);
    let _ = host;
}

#[test]
fn chat_has_limits() {
    let mut world = World::new(false);
    let guest = world.open(5);
    world.say(guest, chat("long", &"ą".repeat(2001)));
    let refusal = ToClient::Refusal { code: Code::Invalid, client_id: Some("long".to_owned()) };
    assert_eq!(client(&world, guest).heard.last(), Some(&refusal));
    world.say(guest, chat(&"m".repeat(65), "x"));
    let refusal = ToClient::Refusal { code: Code::Invalid, client_id: None };
    assert_eq!(client(&world, guest).heard.last(), Some(&refusal));
    for n in 0..11 {
        world.say(guest, chat(&format!("m{n}"), "x"));
    }
    assert_eq!(last_refusal(&world, guest), Some(Code::RateLimited));
    assert_eq!(world.store.chat.len(), 10);
    world.pass(1000);
    world.say(guest, chat("m10", "x"));
    assert_eq!(world.store.chat.len(), 11);
}

#[test]
fn reactions_have_a_rate() {
    let mut world = World::new(false);
    let guest = world.open(5);
    for _ in 0..6 {
        world.say(guest, ToRoom::React { reaction: Reaction::Applause });
    }
    assert_eq!(count(client(&world, guest), |m| matches!(m, ToClient::Reacted { .. })), 5);
    assert_eq!(last_refusal(&world, guest), Some(Code::RateLimited));
}

#[test]
fn one_who_waits_gets_nothing_of_the_room() {
    let mut world = World::new(true);
    let (host, citizen) = (world.open(0), world.open(5));
    world.say(host, chat("m", "poufne"));
    for message in [
        chat("x", "halo"),
        ToRoom::GetMedia,
        ToRoom::SetSources { sources: MIC },
        ToRoom::RaiseHand { raised: true },
        ToRoom::Admit { participant: participant(5) },
        ToRoom::AdmitAll,
        ToRoom::End,
    ] {
        world.say(citizen, message);
        assert_eq!(last_refusal(&world, citizen), Some(Code::Forbidden));
    }
    // `World` fails on any room content that reaches somebody outside; this is the count.
    assert!(
        client(&world, citizen)
            .heard
            .iter()
            .all(|m| matches!(m, ToClient::Waiting { .. } | ToClient::Refusal { .. }))
    );
}

#[test]
fn a_node_that_lost_its_memory_is_told_again() {
    let mut world = World::new(false);
    let guest = world.open(5);
    world.say(guest, ToRoom::SetSources { sources: MIC });
    world.nodes.clear();
    let room = RoomId(Uuid::from_u128(7));
    let session = SessionId(Uuid::from_u128(1));
    let mut connected = |n| {
        let event = NodeEvent::Connected { room, participant: participant(n), session };
        world.input(Input::Node(event));
        world.nodes.pop()
    };
    let id = participant(5);
    assert_eq!(connected(5), Some(NodeCommand::Allow { room, participant: id, sources: MIC }));
    let id = participant(6);
    assert_eq!(connected(6), Some(NodeCommand::Remove { room, participant: id }));
}

#[test]
fn withdrawn_access_puts_out() {
    let mut world = World::new(true);
    let (host, colleague, guest) = (world.open(0), world.open(2), world.open(5));
    let link = fresh_seat(5, world.now).link.expect("a guest's link");
    world.input(Input::Withdrawn { access: Access::Link(link), also_in: false });
    assert_eq!(client(&world, guest).closed, Some(CloseReason::Removed));
    let person = fresh_seat(2, world.now).person.expect("a colleague");
    world.input(Input::Withdrawn { access: Access::Person(person), also_in: false });
    assert!(client(&world, colleague).closed.is_none());
    world.input(Input::Withdrawn { access: Access::Person(person), also_in: true });
    assert_eq!(client(&world, colleague).closed, Some(CloseReason::Removed));
    assert!(client(&world, host).closed.is_none());
    assert_eq!(world.store.seats[&participant(2)].standing, Standing::Left, "not for good");
}

#[test]
fn a_guest_may_come_back_under_a_corrected_name() {
    let mut world = World::new(false);
    let (host, guest) = (world.open(0), world.open(5));
    world.drop_socket(guest);
    let seat = world.store.seats[&participant(5)].clone();
    let name = "Anna Nowak".to_owned();
    world.input(Input::Opened { socket: SocketId(500), seat, name });
    let View::In(room) = &client(&world, host).view else { panic!() };
    assert!(room.participants.iter().any(|p| p.name == "Anna Nowak" && p.connected));
}

#[test]
fn every_privileged_act_is_noted() {
    let mut world = World::new(true);
    let host = world.open(0);
    for n in 4..8 {
        world.open(n);
    }
    let mut noted = |message: ToRoom| {
        let input = Input::Message { socket: host, message, fresh: Default::default() };
        let now = world.now;
        let outcome = world.room.handle(input, now);
        outcome.audit.iter().map(|n| (n.action, n.actor.is_some())).collect::<Vec<_>>()
    };
    let reason = String::new();
    use AuditAction as A;
    let cases = [
        (ToRoom::Admit { participant: participant(4) }, vec![A::ParticipantAdmitted]),
        (
            ToRoom::Refuse { participant: participant(5), reason: reason.clone() },
            vec![A::ParticipantRefused],
        ),
        (ToRoom::AdmitAll, vec![A::ParticipantAdmitted; 2]),
        (
            ToRoom::SetRole { participant: participant(6), role: RoomRole::Interpreter },
            vec![A::ParticipantRoleChanged],
        ),
        (ToRoom::Remove { participant: participant(7), reason }, vec![A::ParticipantRemoved]),
        (ToRoom::End, vec![A::RoomEnded]),
    ];
    for (message, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|a| (a, true)).collect();
        assert_eq!(noted(message), expected);
    }
}

const STREAM: u8 = 40;

/// An encoder's media session is up.
fn stream_up(world: &mut World, n: u8, sources: SourceSet) {
    let seat = Seat::new(
        participant(n),
        None,
        None,
        format!("Stream {n}"),
        RoomRole::Participant,
        world.now,
    );
    let seat = world.store.seats.get(&participant(n)).cloned().unwrap_or(seat);
    world.input(Input::Streams { seat, sources });
}

fn node_event(world: &World, n: u8, gone: bool) -> Input {
    let (room, participant, session) = (world.room.id(), participant(n), SessionId::default());
    Input::Node(if gone {
        NodeEvent::Gone { room, participant, session }
    } else {
        NodeEvent::Connected { room, participant, session }
    })
}

#[test]
fn a_stream_is_there_while_it_streams_and_a_while_longer() {
    let mut world = World::new(true);
    let host = world.open(0);
    stream_up(&mut world, STREAM, MIC);
    let shown = |world: &World| match &client(world, host).view {
        View::In(room) => {
            let found = room.participants.iter().find(|p| p.id == participant(STREAM)).cloned();
            found.map(|p| (p.connected, p.sources))
        }
        _ => None,
    };
    assert_eq!(shown(&world), Some((true, MIC)), "it waits for nobody");
    let (room, participant) = (world.room.id(), participant(STREAM));
    assert_eq!(world.nodes.last(), Some(&NodeCommand::Allow { room, participant, sources: MIC }));

    let gone = node_event(&world, STREAM, true);
    world.input(gone.clone());
    assert_eq!(shown(&world), Some((false, MIC)));
    world.pass(RECONNECT_GRACE_MS - 1);
    let back = node_event(&world, STREAM, false);
    world.input(back);
    assert_eq!(shown(&world), Some((true, MIC)), "encoders come back by themselves");
    world.pass(RECONNECT_GRACE_MS * 3);
    assert_eq!(shown(&world), Some((true, MIC)));
    world.input(gone);
    world.pass(RECONNECT_GRACE_MS);
    assert_eq!(shown(&world), None);
    stream_up(&mut world, STREAM, MIC);
    assert_eq!(shown(&world), Some((true, MIC)), "and later as well");
}

#[test]
fn a_stream_is_moderated_like_anybody() {
    let mut world = World::new(true);
    let host = world.open(0);
    let sources = SourceSet { camera: true, ..MIC };
    stream_up(&mut world, STREAM, sources);
    let (room, participant) = (world.room.id(), participant(STREAM));
    world.input(Input::Withdrawn { access: Access::Stream(participant), also_in: true });
    assert_eq!(world.nodes.last(), Some(&NodeCommand::Remove { room, participant }));
    stream_up(&mut world, STREAM, sources);
    assert!(world.room.knows(participant));
    world.say(host, ToRoom::Remove { participant, reason: String::new() });
    stream_up(&mut world, STREAM, sources);
    assert!(!world.room.knows(participant), "removed for good");
    assert_eq!(world.nodes.last(), Some(&NodeCommand::Remove { room, participant }));
}

#[test]
fn a_full_or_ended_room_takes_no_stream() {
    let mut world = World::new(false);
    let host = world.open(0);
    for n in 0..CAPACITY as u8 {
        stream_up(&mut world, STREAM + n, MIC);
    }
    let last = participant(STREAM + CAPACITY as u8 - 1);
    assert!(!world.room.knows(last), "the host takes one place");
    world.say(host, ToRoom::End);
    stream_up(&mut world, STREAM, MIC);
    assert!(!world.room.knows(participant(STREAM)));
    let (room, participant) = (world.room.id(), participant(STREAM));
    assert_eq!(world.nodes.last(), Some(&NodeCommand::Remove { room, participant }));
}
