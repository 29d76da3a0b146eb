//! Real clients over real sockets on loopback.

mod support;

use std::{collections::HashSet, time::Duration};

use axum::http::Method;
use support::{
    Fixture,
    client::{Client, Offer, drive},
};
use szpon_protocol::{
    ParticipantId, RoomId,
    bus::{NODE_COMMANDS, NODE_EVENTS, NodeCommand, NodeEvent},
    claims::{Audience, Subject},
    media::{FromNode, OpenSession, ToNode},
};

const SESSIONS: &str = "/media/v1/sessions";

async fn join(
    fixture: &Fixture,
    room: RoomId,
    made: (Client, OpenSession),
) -> (ParticipantId, Client) {
    let (mut client, offer) = made;
    let (participant, token) = fixture.participant(room);
    let body = serde_json::to_value(&offer).unwrap();
    let answer = fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    client.accept(&answer.body);
    (participant, client)
}

/// Runs the blocking clients beside the node's own tasks.
async fn drive_all(
    mut clients: Vec<Client>,
    what: &'static str,
    done: impl FnMut(&mut [Client]) -> bool + Send + 'static,
) -> Vec<Client> {
    tokio::task::spawn_blocking(move || {
        drive(&mut clients, what, done);
        clients
    })
    .await
    .unwrap()
}

fn all_open(clients: &mut [Client]) -> bool {
    clients.iter().all(|client| client.connected && client.open)
}

/// One over UDP and one over TCP hear each other, whatever shard the kernel gives packets to.
#[tokio::test(flavor = "multi_thread")]
async fn two_people_hear_each_other_over_udp_and_tcp() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let mut events = fixture.bus.subscribe(NODE_EVENTS).await.unwrap();
    let room = RoomId::new();
    let (_, udp) = join(&fixture, room, Client::udp(address, Offer::Participant)).await;
    let (_, tcp) = join(&fixture, room, Client::tcp(address, Offer::Participant)).await;
    let clients = drive_all(vec![udp, tcp], "both connect", all_open).await;

    let sessions: HashSet<_> = clients.iter().map(|client| client.session.unwrap()).collect();
    let mut connected = HashSet::new();
    while connected.len() < 2 {
        if let Some(NodeEvent::Connected { session, .. }) = events.next_json().await {
            connected.insert(session);
        }
    }
    assert_eq!(connected, sessions);

    let clients = drive_all(clients, "pings are answered", {
        let mut asked = false;
        move |clients: &mut [Client]| {
            for (client, nonce) in clients.iter_mut().zip(7..) {
                if !asked {
                    client.send(&ToNode::Ping { nonce });
                }
            }
            asked = true;
            clients
                .iter()
                .zip(7..)
                .all(|(client, nonce)| client.messages.contains(&FromNode::Pong { nonce }))
        }
    })
    .await;

    let clients = drive_all(clients, "audio arrives on both sides", {
        let mut last = std::time::Instant::now();
        move |clients: &mut [Client]| {
            if last.elapsed() >= Duration::from_millis(20) {
                last = std::time::Instant::now();
                clients.iter_mut().for_each(Client::speak);
            }
            clients.iter().all(|client| client.packets.len() > 50)
        }
    })
    .await;
    for client in &clients {
        let seqs: Vec<u64> = client.packets.iter().map(|packet| *packet.seq_no).collect();
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no gap on loopback: {seqs:?}");
    }

    let stats = fixture.node.stats().await;
    let transports: HashSet<_> =
        stats.rooms[0].sessions.iter().map(|s| s.transport.as_str()).collect();
    assert_eq!(transports, HashSet::from(["udp", "tcp"]));

    // The node tells everyone before it goes.
    fixture.node.drain(Duration::from_millis(1_500));
    drive_all(clients, "everyone is told", |clients| {
        let told = FromNode::Draining { after_ms: 1_500 };
        clients.iter().all(|client| client.messages.contains(&told))
    })
    .await;
    fixture.node.stop().await;
}

/// Many rooms on two shards: the kernel hears most flows on the wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn packets_reach_their_shard() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let mut clients = Vec::new();
    for _ in 0..12 {
        clients
            .push(join(&fixture, RoomId::new(), Client::udp(address, Offer::Participant)).await.1);
    }
    let clients = drive_all(clients, "all connect", all_open).await;
    // Numbers are shown once a second.
    let registry = fixture.registry.clone();
    drive_all(clients, "packets are handed over", move |_| handed_over(&registry) > 0.0).await;
    let loads: Vec<_> =
        fixture.node.stats().await.rooms.iter().map(|room| room.shards.clone()).collect();
    assert_eq!(loads.iter().filter(|shards| **shards == [0]).count(), 6);
    fixture.node.stop().await;
}

fn handed_over(registry: &prometheus::Registry) -> f64 {
    count(registry, "szpon_sfu_handed_over_packets_total")
}

fn count(registry: &prometheus::Registry, name: &str) -> f64 {
    let families = registry.gather();
    let family = families.iter().find(|f| f.name() == name);
    family.unwrap().get_metric().iter().map(|metric| metric.get_counter().get_value()).sum()
}

/// A room on two shards is one room to those in it, to signalling and to operators.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_spreads_over_shards() {
    let fixture = Fixture::with(|raw| raw.spread_rooms_at = 2).await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let mut people = Vec::new();
    for _ in 0..3 {
        people.push(join(&fixture, room, Client::udp(address, Offer::Participant)).await);
    }
    let (ids, clients): (Vec<_>, Vec<_>) = people.into_iter().unzip();
    let clients = drive_all(clients, "all connect", all_open).await;
    let stats = fixture.node.stats().await;
    assert_eq!(stats.rooms.len(), 1);
    assert_eq!(stats.rooms[0].shards, [0, 1]);
    let shown: HashSet<_> = stats.rooms[0].sessions.iter().map(|s| s.participant).collect();
    assert_eq!(shown, ids.iter().copied().collect());

    // The last speaks, on the other shard; the others hear it, and all are told so.
    let speaker = ids[2];
    let mut last = std::time::Instant::now();
    let clients = drive_all(clients, "audio arrives from the other shard", move |clients| {
        if last.elapsed() >= Duration::from_millis(20) {
            last = std::time::Instant::now();
            clients[2].speak();
        }
        let told = |client: &Client| {
            client.messages.iter().any(|message| match message {
                FromNode::Speakers { speakers } => {
                    speakers.iter().any(|one| one.participant == speaker)
                }
                _ => false,
            })
        };
        clients.iter().all(told) && clients[..2].iter().all(|client| client.packets.len() > 50)
    })
    .await;
    for client in &clients[..2] {
        let seqs: Vec<u64> = client.packets.iter().map(|packet| *packet.seq_no).collect();
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "no gap: {seqs:?}");
    }

    // What a moderator says reaches the shard that it is for.
    let mut events = fixture.bus.subscribe(NODE_EVENTS).await.unwrap();
    let command = NodeCommand::Remove { room, participant: speaker };
    fixture.bus.publish_json(NODE_COMMANDS, &command).await.unwrap();
    loop {
        if let Some(NodeEvent::Gone { participant, .. }) = events.next_json().await {
            break assert_eq!(participant, speaker);
        }
    }
    fixture.bus.publish_json(NODE_COMMANDS, &NodeCommand::Close { room }).await.unwrap();
    let registry = fixture.registry.clone();
    let node = fixture.node.clone();
    drive_all(clients, "the room is over, and the packets were counted", move |_| {
        node.sessions() == 0
            && count(&registry, "szpon_sfu_rtp_relayed_packets_total") >= 50.0
            && count(&registry, "szpon_sfu_rtp_mirrored_packets_total") >= 50.0
    })
    .await;
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_survives_a_change_of_network() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let (mut client, offer) = Client::udp(address, Offer::Participant);
    let (_, token) = fixture.participant(room);
    let body = serde_json::to_value(&offer).unwrap();
    let answer = fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await;
    client.accept(&answer.body);
    let path = answer.location.unwrap();
    let mut clients = drive_all(vec![client], "it connects", all_open).await;

    let sdp = clients[0].move_away();
    let body = serde_json::json!({ "sdp": sdp });
    let restarted = fixture.call(Method::PATCH, &path, Some(&token), Some(body)).await;
    assert_eq!(restarted.status, 200, "{restarted:?}");
    assert_eq!(restarted.body["session"], answer.body["session"]);
    clients[0].accept(&restarted.body);
    clients[0].send(&ToNode::Ping { nonce: 5 });
    drive_all(clients, "the same data channel answers at the new address", |clients| {
        clients[0].messages.contains(&FromNode::Pong { nonce: 5 })
    })
    .await;
    assert_eq!(fixture.node.sessions(), 1);
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_test_is_a_data_channel_and_nothing_else() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let token = fixture.token(Audience::Sfu, Subject::Probe);
    for make in [Client::udp, Client::tcp] {
        let (mut client, offer) = make(address, Offer::Probe);
        let body = serde_json::to_value(&offer).unwrap();
        let answer = fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        client.accept(&answer.body);
        drive_all(vec![client], "the test is answered", {
            let mut asked = false;
            move |clients: &mut [Client]| {
                let client = &mut clients[0];
                if client.open && !asked {
                    client.send(&ToNode::Ping { nonce: 1 });
                    asked = true;
                }
                client.messages.contains(&FromNode::Pong { nonce: 1 })
            }
        })
        .await;
        let path = answer.location.unwrap();
        assert_eq!(fixture.call(Method::DELETE, &path, Some(&token), None).await.status, 204);
    }
    assert!(fixture.node.stats().await.rooms.is_empty());
    fixture.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signalling_ends_a_session() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let mut events = fixture.bus.subscribe(NODE_EVENTS).await.unwrap();
    let room = RoomId::new();
    let (participant, client) =
        join(&fixture, room, Client::udp(address, Offer::Participant)).await;
    drive_all(vec![client], "it connects", all_open).await;
    let command = NodeCommand::Remove { room, participant };
    fixture.bus.publish_json(NODE_COMMANDS, &command).await.unwrap();
    loop {
        match events.next_json().await.unwrap() {
            NodeEvent::Gone { participant: gone, .. } => break assert_eq!(gone, participant),
            event => assert!(matches!(event, NodeEvent::Connected { .. })),
        }
    }
    assert_eq!(fixture.node.sessions(), 0);
    fixture.node.stop().await;
}

/// Another program of the same user must not share the port unnoticed.
#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_refused() {
    let fixture = Fixture::with(|raw| raw.tcp = false).await;
    let address = fixture.node.addresses().next().unwrap();
    let settings = support::settings(|raw| {
        raw.listen = address;
        raw.tcp = false;
    });
    let registry = prometheus::Registry::new();
    let second = szpon_sfu::Node::start(settings, fixture.bus.clone(), &registry).await;
    assert!(matches!(second.map(|_| ()), Err(szpon_sfu::StartError::Udp { .. })));
    fixture.node.stop().await;
}
