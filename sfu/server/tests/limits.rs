//! A machine at its end refuses at the door.

mod support;

use std::process::Command;

use axum::http::Method;
use rustix::process::{Resource, Rlimit, setrlimit};
use support::{
    Answer, Fixture,
    client::{Client, Offer, drive},
};
use szpon_protocol::RoomId;

const SESSIONS: &str = "/media/v1/sessions";

async fn open(fixture: &Fixture) -> (Client, Answer) {
    let address = fixture.node.addresses().next().unwrap();
    let (_, token) = fixture.participant(RoomId::new());
    let (client, offer) = Client::udp(address, Offer::Participant);
    let body = serde_json::to_value(&offer).unwrap();
    let answer = fixture.call(Method::POST, SESSIONS, Some(&token), Some(body)).await;
    (client, answer)
}

fn refused(fixture: &Fixture, reason: &str) -> f64 {
    let families = fixture.registry.gather();
    let family = families.iter().find(|family| family.name() == "szpon_sfu_refused_total");
    let metrics = family.map(|family| family.get_metric()).unwrap_or_default();
    let labelled = metrics.iter().filter(|metric| metric.get_label()[0].value() == reason);
    labelled.map(|metric| metric.get_counter().get_value()).sum()
}

fn is_full(answer: &Answer) -> bool {
    let header = answer.headers.get("retry-after").map(|value| value.to_str().unwrap());
    assert_eq!((answer.status, answer.code()), (503, "node_full"), "{answer:?}");
    assert_eq!(answer.content_type, "application/problem+json");
    assert_eq!((answer.body["retry_after"].as_u64(), header), (Some(10), Some("10")));
    true
}

#[tokio::test]
async fn without_memory_nobody_is_let_in() {
    // More than any machine has.
    let fixture = Fixture::with(|raw| raw.reserve_memory_bytes = 1 << 50).await;
    let (_, answer) = open(&fixture).await;
    assert!(is_full(&answer));
    assert!(answer.body["detail"].as_str().unwrap().contains("memory"));
    assert_eq!(refused(&fixture, "no_memory"), 1.0);
    assert_eq!(fixture.node.sessions(), 0);
    fixture.node.stop().await;
}

/// In a process of its own, since the limit is the process's.
const CHILD: &str = "SZPON_TEST_FILE_LIMIT";

#[test]
fn without_file_handles_nobody_is_let_in_and_those_inside_go_on() {
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "without_file_handles_nobody_is_let_in_and_those_inside_go_on"])
        .args(["--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::main]
async fn child() {
    setrlimit(Resource::Nofile, Rlimit { current: Some(100), maximum: Some(200) }).unwrap();
    let fixture = Fixture::with(|raw| raw.reserve_files = 100).await;
    let (mut first, answer) = open(&fixture).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    first.accept(&answer.body);
    let mut clients = tokio::task::spawn_blocking(move || {
        let mut clients = vec![first];
        drive(&mut clients, "it connects", |clients| clients[0].connected && clients[0].open);
        clients
    })
    .await
    .unwrap();
    let mut inside = 1;
    let refusal = loop {
        let (_, answer) = open(&fixture).await;
        if answer.status != 201 {
            break answer;
        }
        inside += 1;
        assert!(inside < 100, "200 handles less 100 let in only so many");
    };
    assert!(is_full(&refusal));
    assert!(refusal.body["detail"].as_str().unwrap().contains("file handles"));
    assert_eq!(refused(&fixture, "no_files"), 1.0);
    assert_eq!(fixture.node.sessions(), inside);
    // There is room for what those inside still need.
    let files: Vec<_> = (0..50).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
    tokio::task::spawn_blocking(move || {
        let heard = clients[0].messages.len();
        clients[0].send(&szpon_protocol::media::ToNode::Ping { nonce: 3 });
        drive(&mut clients, "it is answered", |clients| clients[0].messages.len() > heard);
    })
    .await
    .unwrap();
    drop(files);
    fixture.node.stop().await;
}

#[tokio::test]
async fn only_so_many_connect_at_once() {
    let fixture = Fixture::with(|raw| {
        raw.max_handshakes = 2;
        raw.shards = 1;
    })
    .await;
    assert_eq!(open(&fixture).await.1.status, 201);
    assert_eq!(open(&fixture).await.1.status, 201);
    let (_, answer) = open(&fixture).await;
    assert_eq!((answer.status, answer.code()), (503, "node_full"));
    assert_eq!(answer.body["retry_after"], 2);
    assert_eq!(refused(&fixture, "handshakes"), 1.0);
    fixture.node.stop().await;
}
