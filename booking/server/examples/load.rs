//! `make figures-booking`: bookings confirmed per second, and how long a search for free slots takes, on
//! each database. In process, without sockets: what is measured is the service and its database.
//!
//! `SECONDS_EACH` says how long each measurement lasts (10).

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::Row;
use support::{App, Town, confirmation, start, with_app};
use szpon_booking::appointments::{record::Record, store};
use szpon_booking_core::{Appointment, Form, Placement, TickRange, wall};
use szpon_kit::{db::Kind, transaction};
use szpon_protocol::{AppointmentId, account::Language};

/// Citizens who book at the same time.
const CLIENTS: u32 = 50;
/// Officials of the office.
const OFFICIALS: usize = 200;
/// Appointments that each of them has on a working day when slots are searched.
const BUSY: usize = 6;

#[tokio::main]
async fn main() {
    let each = env::var("SECONDS_EACH").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let each = Duration::from_secs(each);
    println!("{OFFICIALS} officials, {CLIENTS} clients, {} s each", each.as_secs());
    with_app(async |app| {
        let database = match app.state.db.kind() {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        };
        let town = Arc::new(app.town(OFFICIALS).await);
        index_mail(&app).await;
        let app = Arc::new(app);
        bookings(&app, &town, each, database).await;
        fill(&app, &town).await;
        searches(&app, &town, each, database).await;
    })
    .await;
}

/// The code of a mail is read by its address, which the service itself never does.
async fn index_mail(app: &App) {
    transaction!(app.state.db, |conn| {
        sqlx::query("CREATE INDEX load_mail ON mail_outbox (to_address)").execute(&mut *conn).await
    })
    .expect("the index can be made");
}

async fn code(app: &App, email: &str) -> String {
    let mut conn = app.state.db.read().await.expect("a connection");
    let row = sqlx::query("SELECT subject FROM mail_outbox WHERE to_address = $1")
        .bind(email.to_owned())
        .fetch_one(&mut *conn)
        .await
        .expect("a mail with a code");
    let subject: String = row.get("subject");
    subject.chars().take_while(char::is_ascii_digit).collect()
}

async fn bookings(app: &Arc<App>, town: &Arc<Town>, each: Duration, database: &str) {
    let path = format!(
        "/booking/v1/public/offices/{}/matters/{}/slots?form=phone&limit=500",
        town.office, town.matter
    );
    let page = app.citizen(1).get(&path).await.expect(200).json();
    let starts: Vec<szpon_protocol::Time> = page["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .map(|slot| serde_json::from_value(slot["start"].clone()).expect("a start"))
        .collect();
    let (starts, number) = (Arc::new(starts), Arc::new(AtomicU32::new(0)));
    let began = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (app, town) = (app.clone(), town.clone());
            let (starts, number) = (starts.clone(), number.clone());
            tokio::spawn(async move {
                let (mut whole, mut last) = (Vec::new(), Vec::new());
                let mut lost = 0;
                while began.elapsed() < each {
                    let n = number.fetch_add(1, Ordering::Relaxed);
                    let client = app.citizen(n + 1000);
                    let begin = Instant::now();
                    let start = starts[n as usize * 7 % starts.len()];
                    let held = app.hold(&client, &town, start, "phone").await;
                    if held.status != 201 {
                        lost += 1;
                        continue;
                    }
                    let held = held.json();
                    let secret = held["secret"].as_str().expect("a secret");
                    let email = format!("load{n}@example.org");
                    let body = json!({ "secret": secret, "email": email, "language": "pl" });
                    client.post("/booking/v1/public/holds/code", body).await.expect(204);
                    let body = confirmation(secret, &code(&app, &email).await);
                    let confirm = Instant::now();
                    client.post("/booking/v1/public/holds/confirm", body).await.expect(200);
                    last.push(confirm.elapsed());
                    whole.push(begin.elapsed());
                }
                (whole, last, lost)
            })
        })
        .collect();
    let (mut whole, mut last, mut lost) = (Vec::new(), Vec::new(), 0);
    for task in tasks {
        let (w, l, n) = task.await.expect("a client");
        whole.extend(w);
        last.extend(l);
        lost += n;
    }
    let rate = whole.len() as f64 / began.elapsed().as_secs_f64();
    println!(
        "{database}: {rate:.0} bookings/s from challenge to confirmation ({lost} lost a race); \
         whole {}, confirmation alone {}",
        spread(&mut whole),
        spread(&mut last),
    );
}

/// Gives every official `BUSY` appointments on each working day of the horizon.
async fn fill(app: &App, town: &Town) {
    let mut day = wall::date_of(start());
    for _ in 0..61 {
        day = day.tomorrow().expect("a day");
        if day.weekday().to_monday_one_offset() > 5 {
            continue;
        }
        transaction!(app.state.db, |conn| {
            for (n, official) in town.officials.iter().enumerate() {
                for k in 0..BUSY {
                    let at = (8 * 60 + 60 * k + 30 * (n % 2)) as i64;
                    let from = wall::start_of(day).plus_secs(at * 60);
                    let ticks = TickRange::covering(from, from.plus_secs(1800));
                    let placement = Placement {
                        ticks,
                        form: Form::Phone,
                        official: *official,
                        desk: None,
                        group: None,
                    };
                    let id = AppointmentId::new();
                    let mut facts = Appointment::hold(placement, start()).appointment;
                    facts.state = szpon_booking_core::State::Confirmed;
                    let record = Record {
                        id,
                        office: town.office,
                        matter: town.matter,
                        facts,
                        block: ticks,
                        code: None,
                        people: 1,
                        secret_hash: id.to_string(),
                        secret_box: String::new(),
                        citizen: None,
                        email_hash: None,
                        language: Language::Pl,
                        interpreter: false,
                        accessibility: false,
                        notes: None,
                        notes_version: 0,
                        created_by: None,
                        created_at: start(),
                        changed_at: start(),
                        moves: 0,
                        mail: None,
                        told_at: None,
                        reminded: None,
                        room_version: 0,
                        erased_at: None,
                    };
                    store::insert(conn, &record).await?;
                }
            }
            Ok::<_, sqlx::Error>(())
        })
        .expect("appointments can be written");
    }
}

async fn searches(app: &Arc<App>, town: &Town, each: Duration, database: &str) {
    let base = format!("/booking/v1/public/offices/{}/matters/{}", town.office, town.matter);
    for (what, path) in [
        ("the next 100 slots", format!("{base}/slots?form=video&limit=100")),
        ("every slot of 60 days", format!("{base}/slots?form=video&days=60&limit=500")),
        ("a month by days", format!("{base}/days?form=video&month=2027-02")),
    ] {
        let (began, mut times) = (Instant::now(), Vec::new());
        let mut n = 0x10_0000;
        while began.elapsed() < each {
            n += 1;
            let client = app.citizen(n);
            let begin = Instant::now();
            client.get(&path).await.expect(200);
            times.push(begin.elapsed());
        }
        println!("{database}: {what}: {}", spread(&mut times));
    }
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: f64| {
        let index = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    format!("p50 {:.1} ms, p99 {:.1} ms ({})", at(0.5), at(0.99), times.len())
}
