//! A call over real sockets, while strangers and a member's own address throw rubbish at the node.

mod support;

use std::{
    io::Write,
    net::{SocketAddr, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::http::Method;
use support::{
    Fixture,
    client::{Client, Offer, drive},
};
use szpon_protocol::RoomId;

/// In a second; as much as a debug build on a busy machine can read beside the call.
const DATAGRAMS: u32 = 3_000;
const AT_ONCE: u32 = 30;

fn rubbish(n: u32) -> Vec<u8> {
    let [_, _, high, low] = n.to_be_bytes();
    match n % 5 {
        // A STUN request (RFC 8489, section 5) for a session that isn't there, on either shard.
        0 => {
            let username = format!("000{}{n:012}:x", n / 5 % 2);
            let mut attributes = vec![0, 6, 0, username.len() as u8];
            attributes.extend(username.as_bytes());
            attributes.resize(attributes.len().next_multiple_of(4), 0);
            let mut message = vec![0, 1, 0, attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
            message.extend([9; 12]);
            message.extend(attributes);
            message
        }
        1 => vec![0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, high, low, 0, 4, 1, 2, 3, 4],
        2 => [&[0x80, 111, high, low, 0, 0, 0, 1, 0, 0, 0, 5][..], &[7; 900]].concat(),
        3 => [&[0x80, 201, 0, 7][..], &[9; 60]].concat(),
        _ => vec![high; 200],
    }
}

/// Floods from sockets of its own until it is told to stop. Returns how many datagrams went out.
fn flood(node: SocketAddr, stop: &AtomicBool) -> u32 {
    let sockets: Vec<UdpSocket> = (0..8).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let began = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        for socket in sockets.iter().cycle().take(AT_ONCE as usize) {
            sent += 1;
            socket.send_to(&rubbish(sent), node).unwrap();
        }
        let due = began + Duration::from_secs(1) * sent / DATAGRAMS;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        // And a connection that says nothing that makes sense (RFC 4571).
        if sent % (DATAGRAMS / 10) == 0 {
            let mut stream = TcpStream::connect(node).unwrap();
            let _ = stream.write_all(&[0xff; 64]);
        }
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_under_a_flood() {
    let fixture = Fixture::new().await;
    let address = fixture.node.addresses().next().unwrap();
    let room = RoomId::new();
    let mut clients = Vec::new();
    for make in [Client::udp, Client::tcp] {
        let (mut client, offer) = make(address, Offer::Participant);
        let (_, token) = fixture.participant(room);
        let body = serde_json::to_value(&offer).unwrap();
        let path = "/media/v1/sessions";
        let answer = fixture.call(Method::POST, path, Some(&token), Some(body)).await;
        client.accept(&answer.body);
        clients.push(client);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flooder = std::thread::spawn({
        let stop = stop.clone();
        move || flood(address, &stop)
    });
    let clients = tokio::task::spawn_blocking(move || {
        drive(&mut clients, "both connect", |clients| {
            clients.iter().all(|client| client.connected && client.open)
        });
        let mut last = Instant::now();
        drive(&mut clients, "they talk", move |clients| {
            if last.elapsed() >= Duration::from_millis(20) {
                last = Instant::now();
                clients.iter_mut().for_each(Client::speak);
            }
            clients.iter().all(|client| client.packets.len() > 150)
        });
        clients
    })
    .await
    .unwrap();
    stop.store(true, Ordering::Relaxed);
    let sent = flooder.join().unwrap();
    assert!(sent > DATAGRAMS, "{sent} sent");
    for client in &clients {
        let seqs: Vec<u64> = client.packets.iter().map(|packet| *packet.seq_no).collect();
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "a gap: {seqs:?}");
    }
    assert_eq!(fixture.node.sessions(), 2);
    let families = fixture.registry.gather();
    let sum = |name: &str| -> f64 {
        let family = families.iter().find(|family| family.name() == name).unwrap();
        family.get_metric().iter().map(|metric| metric.get_counter().get_value()).sum()
    };
    assert_eq!(sum("szpon_sfu_panics_total"), 0.0);
    assert!(sum("szpon_sfu_dropped_packets_total") > 1_000.0);
    fixture.node.stop().await;
}
