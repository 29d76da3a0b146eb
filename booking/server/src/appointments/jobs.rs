//! Work that nobody asks for: expiring holds, telling signalling of rooms, forgetting.

use std::time::Duration;

use szpon_booking_core::{Input, TickRange, reminders};
use szpon_kit::{
    problem::{Failure, Result},
    shutdown::Phase,
    transaction,
};
use szpon_protocol::{
    OfficeId, RoomId, Time,
    booking::{AppointmentState, service::ServiceRoom},
    rooms::Delivery,
};

use super::{
    clerk::{Change, Clerk},
    letter::Occasion,
    record::{Record, room_secret},
    store,
};
use crate::{
    AppState, claiming, matters::store as matters, office::store as offices, privacy,
    schedule::routes::today, waiting,
};

/// How often to look without being told.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Appointments per round.
const BATCH: i64 = 100;

/// Works until the shutdown is over.
pub(crate) async fn run(state: AppState) {
    let mut stopping = state.shutdown.clone();
    loop {
        for (what, done) in [
            ("holds were not expired", expire(&state).await),
            ("rooms were not brought up to date", rooms(&state).await),
            ("reminders were not sent", remind(&state).await),
            ("nobody was forgotten", privacy::retain(&state).await.map(drop)),
        ] {
            if let Err(error) = done {
                tracing::error!(%error, what);
            }
        }
        tokio::select! {
            () = stopping.reached(Phase::Stopping) => return,
            () = state.rooms_due.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Expires holds that are over, so that lists and statistics know of it. What is free does not wait
/// for this.
pub async fn expire(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let over = store::all_expired_holds(&mut *state.db.read().await?, now, BATCH).await?;
    expire_all(state, over, now).await?;
    transaction!(state.db, |conn| {
        store::sweep(conn, now).await?;
        waiting::store::sweep(conn, now, today(now)).await
    })?;
    state.wake_mail();
    Ok(())
}

/// Expires holds that are over and in the way of a meeting at `start`.
pub async fn clear(state: &AppState, office: OfficeId, start: Time, now: Time) -> Result<()> {
    let around = TickRange::covering(start.plus_secs(-43_200), start.plus_secs(43_200));
    let mut conn = state.db.read().await?;
    let over = store::expired_holds(&mut conn, office, around, now).await?;
    drop(conn);
    expire_all(state, over, now).await
}

async fn expire_all(state: &AppState, over: Vec<Record>, now: Time) -> Result<()> {
    for record in over {
        claiming!(state.db, |conn| {
            let found = store::find(conn, record.office, record.id).await?;
            if let Some(held) = found.filter(|found| found.state() == AppointmentState::Held) {
                let clerk = Clerk::new(conn, state, held.office, now).await?;
                clerk.apply(conn, held, Change::system(Input::Expire)).await?;
            }
            Ok::<_, Failure>(())
        })?;
    }
    Ok(())
}

/// Puts the reminders that are due into the outbox.
pub async fn remind(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let offices = offices::all(&mut *state.db.read().await?).await?;
    for (office, profile) in offices {
        let leads = &profile.reminder_minutes;
        let Some(longest) = leads.iter().max() else { continue };
        // An hour more: a day on the clock may have 25.
        let until = now.plus_secs(i64::from(*longest) * 60 + 3600);
        let coming = store::coming(&mut *state.db.read().await?, office, now, until).await?;
        let due = |record: &Record| {
            let told = record.told_at.unwrap_or_default();
            reminders::due(record.start(), leads, told, record.reminded, now)
        };
        for record in coming.iter().filter(|record| due(record).is_some()) {
            let done = transaction!(state.db, |conn| {
                let Some(mut record) = store::find(conn, office, record.id).await? else {
                    return Ok(());
                };
                let Some(lead) = due(&record) else { return Ok(()) };
                // What was said before has to arrive first, so a reminder waits for it.
                let before = store::delivery(conn, &record).await?;
                if record.state() != AppointmentState::Confirmed
                    || matches!(before, Some(Delivery::Pending { .. }))
                {
                    return Ok(());
                }
                let version = record.facts.version;
                let clerk = Clerk::new(conn, state, office, now).await?;
                record.reminded = Some(lead);
                clerk.post(conn, &mut record, Occasion::Reminder, "").await?;
                if !store::update(conn, &record, version).await? {
                    return Err(Failure::conflict());
                }
                Ok(())
            });
            // The others needn't wait for one that can't be.
            if let Err(error) = done {
                tracing::warn!(appointment = %record.id, %error, "a reminder was not written");
            }
            state.wake_mail();
        }
    }
    Ok(())
}

/// Has signalling make or change the rooms of appointments by video. The links in the mails work as
/// soon as it did.
pub async fn rooms(state: &AppState) -> Result<()> {
    let due = store::rooms_due(&mut *state.db.read().await?, BATCH).await?;
    for record in due {
        let matter =
            matters::find(&mut *state.db.read().await?, record.office, record.matter).await?;
        let title = matter.map(|matter| matter.details.name.pl).unwrap_or_default();
        let code = record.shown_code().unwrap_or_default();
        let length = record.end().since(record.start()) / 60_000;
        let wanted = ServiceRoom {
            host: record.official(),
            title: format!("{title} ({code})"),
            starts_at: record.start(),
            duration_minutes: u16::try_from(length).unwrap_or(u16::MAX),
            cancelled: record.state() == AppointmentState::Cancelled,
            guest_secret_hash: room_secret(&record.secret(&state.master_key)?).hash(),
        };
        match state.signalling.put_room(record.office, RoomId(record.id.0), &wanted).await {
            Ok(_) => {
                let version = record.facts.version;
                transaction!(state.db, |conn| {
                    store::room_done(conn, record.id, version).await
                })?;
            }
            // The others needn't wait for one that can't be.
            Err(error) => {
                tracing::warn!(appointment = %record.id, %error, "a room was not brought up to date");
            }
        }
    }
    Ok(())
}
