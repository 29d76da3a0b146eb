//! The outbox with a way out that fails, on both databases.

use std::{
    borrow::Cow,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use szpon_kit::{
    BoxFuture,
    clock::Clock,
    db::Db,
    mail::{
        self, Address, Backoff, Calendar, CalendarMethod, DeliveryError, Message, Ran, Transport,
        Worker, local, outbox,
    },
    telemetry::Metrics,
    testing::for_each_database,
    transaction,
};
use szpon_protocol::{MailId, Time, account::Language, rooms::Delivery};
use tokio::sync::Notify;

fn schema() -> Migrator {
    let migration = Migration::new(
        1,
        Cow::Borrowed("mail"),
        MigrationType::Simple,
        mail::SCHEMA.into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![migration])
}

fn start() -> Time {
    Time::from_millis(1_800_000_000_000)
}

fn message(subject: &str) -> Message {
    Message {
        from: Address::new("Urząd", "noreply@urzad.example"),
        to: Address::new("Jan", "jan@example.org"),
        subject: subject.into(),
        text: "Dzień dobry".into(),
        html: None,
        calendar: Some(Calendar { method: CalendarMethod::Request, ics: "BEGIN:VCALENDAR".into() }),
        language: Language::Pl,
    }
}

async fn enqueue(db: &Db, subject: &str, now: Time) -> MailId {
    transaction!(db, |conn| { outbox::enqueue(conn, &message(subject), now).await }).unwrap()
}

async fn delivery(db: &Db, id: MailId) -> Delivery {
    outbox::delivery(&mut db.read().await.unwrap(), id).await.unwrap().unwrap()
}

/// Remembers what was sent; fails as told.
#[derive(Default)]
struct Wire {
    down: AtomicBool,
    sent: Mutex<Vec<(MailId, String)>>,
}

impl Wire {
    fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(_, subject)| subject.clone()).collect()
    }
}

impl Transport for Wire {
    fn deliver<'a>(
        &'a self,
        id: MailId,
        message: &'a Message,
        _: Time,
    ) -> BoxFuture<'a, Result<(), DeliveryError>> {
        Box::pin(async move {
            // Lets other workers run in the middle of a delivery.
            tokio::task::yield_now().await;
            if self.down.load(Ordering::SeqCst) {
                return Err(DeliveryError::Transient("the server is away".into()));
            }
            if message.subject == "refused" {
                return Err(DeliveryError::Permanent("550 no such user".into()));
            }
            self.sent.lock().unwrap().push((id, message.subject.clone()));
            Ok(())
        })
    }
}

fn worker(db: &Db, wire: &Arc<Wire>) -> Worker {
    let backoff =
        Backoff { first: Duration::from_secs(10), longest: Duration::from_secs(60), attempts: 4 };
    Worker::new(db.clone(), wire.clone(), Clock::manual(start()).0, &Metrics::new())
        .with_backoff(backoff)
}

#[tokio::test]
async fn mail_survives_a_server_that_is_away() {
    for_each_database(&schema(), async |db| {
        let wire = Arc::new(Wire::default());
        let worker = worker(&db, &wire);
        wire.down.store(true, Ordering::SeqCst);
        let id = enqueue(&db, "one", start()).await;
        assert_eq!(worker.run_once(start()).await.unwrap(), Ran { retried: 1, ..Ran::default() });
        let Delivery::Pending { attempts: 1, next_attempt_at, last_error } =
            delivery(&db, id).await
        else {
            panic!("still pending");
        };
        assert_eq!(last_error.as_deref(), Some("the server is away"));
        let wait = next_attempt_at.since(start());
        assert!((8_000..=12_000).contains(&wait), "{wait} ms");

        wire.down.store(false, Ordering::SeqCst);
        let early = start().plus_secs(7);
        assert_eq!(worker.run_once(early).await.unwrap(), Ran::default(), "not due yet");
        let later = start().plus_secs(13);
        assert_eq!(worker.run_once(later).await.unwrap(), Ran { sent: 1, ..Ran::default() });
        assert_eq!(delivery(&db, id).await, Delivery::Sent { at: later });
        assert_eq!(worker.run_once(later.plus_secs(999)).await.unwrap(), Ran::default());
        worker.purge(later.plus_secs(29 * 24 * 3600)).await.unwrap();
        assert_eq!(wire.sent(), ["one"]);

        let mut conn = db.read().await.unwrap();
        assert!(outbox::list(&mut conn, 10).await.unwrap().is_empty());
        let kept: (String,) =
            sqlx::query_as("SELECT message FROM mail_outbox").fetch_one(&mut *conn).await.unwrap();
        assert_eq!(kept.0, "", "secret links don't stay behind");
        worker.purge(later.plus_secs(31 * 24 * 3600)).await.unwrap();
        assert_eq!(outbox::delivery(&mut conn, id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn mail_that_cannot_be_delivered_fails_visibly_and_can_be_retried() {
    for_each_database(&schema(), async |db| {
        let wire = Arc::new(Wire::default());
        let worker = worker(&db, &wire);
        let refused = enqueue(&db, "refused", start()).await;
        assert_eq!(worker.run_once(start()).await.unwrap(), Ran { failed: 1, ..Ran::default() });
        assert_eq!(
            delivery(&db, refused).await,
            Delivery::Failed { at: start(), error: "550 no such user".into() }
        );

        wire.down.store(true, Ordering::SeqCst);
        let tired = enqueue(&db, "two", start()).await;
        let mut now = start();
        for _ in 0..4 {
            worker.run_once(now).await.unwrap();
            now = now.plus_secs(100);
        }
        assert!(matches!(delivery(&db, tired).await, Delivery::Failed { .. }));
        let listed = outbox::list(&mut db.read().await.unwrap(), 10).await.unwrap();
        assert_eq!(listed.len(), 2);

        wire.down.store(false, Ordering::SeqCst);
        assert!(transaction!(db, |conn| { outbox::retry(conn, tired, now).await }).unwrap());
        assert!(
            !transaction!(db, |conn| { outbox::retry(conn, MailId::new(), now).await }).unwrap()
        );
        worker.run_once(now).await.unwrap();
        assert_eq!(delivery(&db, tired).await, Delivery::Sent { at: now });
        assert!(!transaction!(db, |conn| { outbox::retry(conn, tired, now).await }).unwrap());
    })
    .await;
}

#[tokio::test]
async fn two_workers_send_each_mail_once() {
    for_each_database(&schema(), async |db| {
        let wire = Arc::new(Wire::default());
        for n in 0..15 {
            enqueue(&db, &n.to_string(), start()).await;
        }
        let (one, two) = (worker(&db, &wire), worker(&db, &wire));
        let (one, two) = tokio::join!(one.run_once(start()), two.run_once(start()));
        assert_eq!(one.unwrap().sent + two.unwrap().sent, 15);
        let mut sent = wire.sent();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), 15);
        assert_eq!(wire.sent().len(), 15);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_died_leaves_nothing_stuck() {
    /// Never comes back, like a process that was killed.
    struct Grave;
    impl Transport for Grave {
        fn deliver<'a>(
            &'a self,
            _: MailId,
            _: &'a Message,
            _: Time,
        ) -> BoxFuture<'a, Result<(), DeliveryError>> {
            Box::pin(std::future::pending())
        }
    }
    for_each_database(&schema(), async |db| {
        let id = enqueue(&db, "one", start()).await;
        let clock = Clock::manual(start()).0;
        let dying = Worker::new(db.clone(), Arc::new(Grave), clock, &Metrics::new());
        let mut dying = Box::pin(async move { dying.run_once(start()).await });
        let claimed = async {
            while !matches!(delivery(&db, id).await, Delivery::Pending { attempts: 1, .. }) {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = &mut dying => panic!("it hangs"),
            () = claimed => {}
        }
        drop(dying);

        let wire = Arc::new(Wire::default());
        let worker = worker(&db, &wire);
        assert_eq!(worker.run_once(start().plus_secs(14)).await.unwrap(), Ran::default());
        assert_eq!(worker.run_once(start().plus_secs(16)).await.unwrap().sent, 1);
        assert!(matches!(delivery(&db, id).await, Delivery::Sent { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_slow_delivery_keeps_its_mail() {
    /// Takes as long as it is told to.
    struct Slow(Notify);
    impl Transport for Slow {
        fn deliver<'a>(
            &'a self,
            _: MailId,
            _: &'a Message,
            _: Time,
        ) -> BoxFuture<'a, Result<(), DeliveryError>> {
            Box::pin(async {
                self.0.notified().await;
                Ok(())
            })
        }
    }
    for_each_database(&schema(), async |db| {
        let id = enqueue(&db, "one", start()).await;
        let (clock, hand) = Clock::manual(start());
        let slow = Arc::new(Slow(Notify::new()));
        let first = Worker::new(db.clone(), slow.clone(), clock.clone(), &Metrics::new());
        let wire = Arc::new(Wire::default());
        let second = worker(&db, &wire);
        // The workers' waits are tokio's, the claim's hours are the clock's: both move together.
        let other = async {
            while !matches!(delivery(&db, id).await, Delivery::Pending { attempts: 1, .. }) {
                tokio::task::yield_now().await;
            }
            for _ in 0..8 {
                hand.advance(Duration::from_secs(5));
                tokio::time::pause();
                tokio::time::advance(Duration::from_secs(5)).await;
                tokio::time::resume();
                let until = clock.now().plus_secs(15);
                while claimed_until(&db).await != until {
                    tokio::task::yield_now().await;
                }
                assert_eq!(second.run_once(clock.now()).await.unwrap(), Ran::default());
            }
            slow.0.notify_one();
        };
        let (ran, ()) = tokio::join!(first.run_once(start()), other);
        assert_eq!(ran.unwrap().sent, 1);
        assert!(wire.sent().is_empty());
    })
    .await;
}

async fn claimed_until(db: &Db) -> Time {
    let (until,): (i64,) = sqlx::query_as("SELECT claimed_until FROM mail_outbox")
        .fetch_one(&mut *db.read().await.unwrap())
        .await
        .unwrap();
    Time::from_millis(until)
}

#[tokio::test]
async fn mail_is_sent_only_if_its_reason_is_committed() {
    for_each_database(&schema(), async |db| {
        let result = transaction!(db, |conn| {
            outbox::enqueue(conn, &message("never"), start()).await?;
            Err::<(), _>(sqlx::Error::RowNotFound)
        });
        assert!(result.is_err());
        let wire = Arc::new(Wire::default());
        assert_eq!(worker(&db, &wire).run_once(start()).await.unwrap(), Ran::default());

        let withdrawn = enqueue(&db, "withdrawn", start()).await;
        assert!(
            transaction!(db, |conn| { outbox::withdraw(conn, withdrawn, start()).await }).unwrap()
        );
        assert_eq!(worker(&db, &wire).run_once(start()).await.unwrap(), Ran::default());
    })
    .await;
}

#[tokio::test]
async fn what_is_withdrawn_on_its_way_is_not_tried_again() {
    /// Fails when it is told to.
    struct Failing(Notify);
    impl Transport for Failing {
        fn deliver<'a>(
            &'a self,
            _: MailId,
            _: &'a Message,
            _: Time,
        ) -> BoxFuture<'a, Result<(), DeliveryError>> {
            Box::pin(async {
                self.0.notified().await;
                Err(DeliveryError::Transient("451 later".into()))
            })
        }
    }
    for_each_database(&schema(), async |db| {
        let id = enqueue(&db, "confirmed", start()).await;
        let failing = Arc::new(Failing(Notify::new()));
        let clock = Clock::manual(start()).0;
        let first = Worker::new(db.clone(), failing.clone(), clock, &Metrics::new());
        let meanwhile = async {
            while !matches!(delivery(&db, id).await, Delivery::Pending { attempts: 1, .. }) {
                tokio::task::yield_now().await;
            }
            let taken = transaction!(db, |conn| { outbox::withdraw(conn, id, start()).await });
            assert!(!taken.unwrap(), "it may still arrive");
            failing.0.notify_one();
        };
        let (ran, ()) = tokio::join!(first.run_once(start()), meanwhile);
        assert_eq!(ran.unwrap().retried, 1);
        let wire = Arc::new(Wire::default());
        let later = start().plus_secs(3600);
        assert_eq!(worker(&db, &wire).run_once(later).await.unwrap(), Ran::default());
        let mut conn = db.read().await.unwrap();
        assert_eq!(outbox::delivery(&mut conn, id).await.unwrap(), None);
        assert!(outbox::list(&mut conn, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_local_mailbox_shows_what_would_have_gone_out() {
    for_each_database(&schema(), async |db| {
        let id = enqueue(&db, "Zaproszenie", start()).await;
        let mailbox = Arc::new(local::LocalMailbox::new(db.clone()));
        let clock = Clock::manual(start()).0;
        let worker = Worker::new(db.clone(), mailbox.clone(), clock, &Metrics::new());
        assert_eq!(worker.run_once(start()).await.unwrap().sent, 1);
        // A second delivery after a crash shows nothing twice.
        mailbox.deliver(id, &message("Zaproszenie"), start()).await.unwrap();

        let mut conn = db.read().await.unwrap();
        let list = local::list(&mut conn, 10).await.unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].to, "Jan <jan@example.org>");
        let mail = local::find(&mut conn, id).await.unwrap().unwrap();
        assert_eq!(mail.calendar.as_deref(), Some("BEGIN:VCALENDAR"));
        assert_eq!(mail.text, "Dzień dobry");
        let raw = local::raw(&mut conn, id).await.unwrap().unwrap();
        assert!(raw.contains("text/calendar; method=REQUEST"));
        assert!(local::find(&mut conn, MailId::new()).await.unwrap().is_none());
        drop(conn);
        let purged =
            transaction!(db, |conn| { local::purge(conn, start().plus_secs(1)).await }).unwrap();
        assert_eq!(purged, 1);
    })
    .await;
}

#[test]
fn waits_double_up_to_the_longest() {
    let backoff = Backoff::default();
    let secs =
        |attempt| backoff.after(attempt, u16::MAX / 2).map(|wait| wait.as_secs_f64().round());
    assert_eq!(secs(1), Some(30.0));
    assert_eq!(secs(2), Some(60.0));
    assert_eq!(secs(5), Some(480.0));
    assert_eq!(secs(13), Some(21600.0));
    assert_eq!(secs(14), None);
    assert!(backoff.after(1, 0) < backoff.after(1, u16::MAX));
}
