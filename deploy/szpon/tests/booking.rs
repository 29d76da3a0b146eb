//! What was acknowledged survives the death of the process.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use szpon_kit::testing::{TempDir, with_postgres};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The process dies after so many bookings were acknowledged.
const ACKNOWLEDGED: usize = 60;
/// Clients that book at the same time.
const CLIENTS: usize = 24;

const PASSWORD: &str = "Zielona-Brama-2026";

struct Served(Child);

impl Served {
    /// `database` is the URL of a database; empty: SQLite in `dir`.
    fn start(dir: &Path, http: &str, database: &str) -> Self {
        let log = fs::File::create(dir.join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_szpon"))
            .env_clear()
            .current_dir(dir)
            .args(["serve", "--demo", "--demo-password", PASSWORD, "--listen", http])
            .args(["--set", "telemetry.listen=127.0.0.1:0", "--set", "sfu.listen=127.0.0.1:0"])
            .args(["--set", &format!("database.url={database}")])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self(child)
    }

    /// `kill -9`: no time to tidy up.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

async fn send(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// A token for booking of somebody in the demo office, once the server answers.
async fn token(http: &str, client: &Client) -> String {
    let sign_in = json!({ "email": "maria.wisniewska@przykladowo.example", "password": PASSWORD });
    let cookie = tokio::time::timeout(PATIENCE, async {
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        loop {
            pause.tick().await;
            let request = client.post(format!("http://{http}/api/v1/session")).json(&sign_in);
            if let Ok(answer) = request.send().await
                && answer.status() == StatusCode::OK
            {
                let cookie = answer.headers()["set-cookie"].to_str().unwrap();
                return cookie.split(';').next().unwrap().to_owned();
            }
        }
    })
    .await
    .expect("the server answers");
    let request = client
        .post(format!("http://{http}/api/v1/tokens"))
        .header("cookie", cookie)
        .json(&json!({ "audience": "booking" }));
    let (status, body) = send(request).await;
    assert_eq!(status, 201, "{body}");
    body["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_is_killed_in_a_storm_of_bookings_loses_none_that_it_acknowledged() {
    storm("").await;
    with_postgres(async |url| storm(url).await).await;
}

async fn storm(database: &str) {
    let dir = TempDir::new();
    let (http, client) = (free_address(), Client::new());
    let mut served = Served::start(dir.path(), &http, database);
    let token = Arc::new(token(&http, &client).await);
    let base = format!("http://{http}/booking/v1");
    // The demo's appointments are made before it answers, its matters with them.
    let (_, matters) = send(client.get(format!("{base}/matters")).bearer_auth(&token)).await;
    let matter = matters[1]["id"].as_str().unwrap().to_owned();
    let slots = format!("{base}/matters/{matter}/slots?form=phone&limit=500");
    let (_, page) = send(client.get(slots).bearer_auth(&token)).await;
    let starts: Vec<String> = page["slots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start"].as_str().unwrap().to_owned())
        .collect();
    assert!(starts.len() > 100);

    let (starts, next) = (Arc::new(starts), Arc::new(AtomicUsize::new(0)));
    let (acknowledged, mut heard) = tokio::sync::mpsc::unbounded_channel::<Value>();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (client, token, base) = (client.clone(), token.clone(), base.clone());
            let (starts, next, matter) = (starts.clone(), next.clone(), matter.clone());
            let acknowledged = acknowledged.clone();
            tokio::spawn(async move {
                loop {
                    // Two clients at a time want the same hour.
                    let n = next.fetch_add(1, Ordering::Relaxed) / 2;
                    let Some(start) = starts.get(n) else { return };
                    let body = json!({
                        "matter": matter, "form": "phone", "start": start, "name": "Jan",
                        "phone": "600", "language": "pl",
                    });
                    let request = client.post(format!("{base}/appointments"));
                    let Ok(answer) = request.bearer_auth(&token).json(&body).send().await else {
                        return;
                    };
                    if answer.status() == StatusCode::CREATED
                        && let Ok(body) = answer.json::<Value>().await
                    {
                        let _ = acknowledged.send(body);
                    }
                }
            })
        })
        .collect();
    drop(acknowledged);
    let mut known = Vec::new();
    while let Some(body) = heard.recv().await {
        known.push(body);
        if known.len() == ACKNOWLEDGED {
            served.kill();
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(known.len() >= ACKNOWLEDGED, "{} were acknowledged", known.len());

    let http = free_address();
    let served = Served::start(dir.path(), &http, database);
    let token = self::token(&http, &client).await;
    let base = format!("http://{http}/booking/v1");
    for body in &known {
        let path = format!("{base}/appointments/{}", body["id"].as_str().unwrap());
        let (status, found) = send(client.get(path).bearer_auth(&token)).await;
        assert_eq!(status, 200, "{found}");
        for key in ["state", "code", "start", "official", "name", "version"] {
            assert_eq!(found[key], body[key], "{key}");
        }
    }
    // And whatever else was written is nobody's double.
    let (from, to) = (&starts[0][..10], &starts[starts.len() - 1][..10]);
    let path = format!("{base}/appointments?from={from}&to={to}");
    let (status, all) = send(client.get(path).bearer_auth(&token)).await;
    assert_eq!(status, 200, "{all}");
    let mut times: Vec<(String, String, String)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let text = |key: &str| a[key].as_str().unwrap().to_owned();
            (text("official"), text("start"), text("end"))
        })
        .collect();
    times.sort();
    for pair in times.windows(2) {
        let overlap = pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2;
        assert!(!overlap, "{pair:?}");
    }
    drop(served);
}
