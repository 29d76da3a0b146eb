//! Rooms: what is planned, who is invited, the links that lead in, and what happens inside.
//!
//! [`live`] has one task per room that somebody uses. It carries out what `szpon-signalling-core`
//! decides: stores first, tells people afterwards. Everything else here reads and writes the store;
//! what concerns a live room is then told to its task, which alone changes places.

mod access;
mod api;
mod grants;
pub mod invitation;
mod inviting;
mod live;
mod socket;
pub(crate) mod store;
mod window;
mod wire;

use szpon_kit::shutdown::Phase;
use szpon_protocol::{
    PersonId, RoomId,
    bus::{NODE_EVENTS, NodeEvent},
};
use szpon_signalling_core::{Access, Input};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::AppState;

/// When clients come back after a shutdown was announced, in milliseconds: by then the socket was
/// closed and, in the usual case, another process is listening.
const COME_BACK_MS: u32 = 2000;

/// What rooms hold in memory; in [`AppState`] as `rooms`.
#[derive(Debug, Default)]
pub struct Rooms {
    live: live::Live,
}

impl Rooms {
    /// An account was deactivated: its person leaves every room at once.
    pub async fn expel(&self, person: PersonId) {
        let access = Access::Person(person);
        self.live.tell_all(&Input::Withdrawn { access, also_in: true }).await;
    }

    /// Something changed about a room; nothing happens when nobody uses it.
    pub(crate) async fn tell(&self, room: RoomId, input: Input) {
        self.live.tell(room, input).await;
    }

    /// How many are in a room, and how many wait to be let in.
    pub(crate) fn occupancy(&self, room: RoomId) -> (u32, u32) {
        let occupancy = self.live.occupancy(room);
        (occupancy.participants, occupancy.waiting)
    }
}

/// Routes that need a caller.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(api::rooms::list, api::rooms::create))
        .routes(routes!(api::rooms::get, api::rooms::change, api::rooms::cancel))
        .routes(routes!(api::rooms::attendance))
        .routes(routes!(api::invitees::add))
        .routes(routes!(api::invitees::remove))
        .routes(routes!(api::invitees::resend))
        .routes(routes!(api::links::list, api::links::create))
        .routes(routes!(api::links::revoke))
        .routes(routes!(api::streams::list, api::streams::create))
        .routes(routes!(api::streams::revoke))
        .routes(routes!(api::entry::join))
        .routes(routes!(api::entry::probe))
        .routes(routes!(socket::open))
}

/// `links/lookup` and `links/redeem`.
pub fn public_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(api::entry::lookup)).routes(routes!(api::entry::redeem))
}

/// Restores what was going on before a restart, then works until the shutdown is over.
pub async fn run(state: AppState) {
    if let Err(error) = revive(&state).await {
        // Rooms are loaded by the first who comes back as well; only those who never do stay on the
        // list for longer.
        tracing::error!(%error, "the rooms of before the restart can't be read");
    }
    let mut events = match state.bus.subscribe(NODE_EVENTS).await {
        Ok(events) => Some(events),
        Err(error) => {
            tracing::error!(%error, "the media nodes can't be heard");
            None
        }
    };
    let mut draining = state.shutdown.clone();
    let mut stopping = state.shutdown.clone();
    let mut told = false;
    loop {
        let event = async {
            match &mut events {
                Some(events) => events.next_json::<NodeEvent>().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = draining.reached(Phase::Draining), if !told => {
                told = true;
                state.rooms.live.drain(COME_BACK_MS).await;
            }
            () = stopping.reached(Phase::Stopping) => return,
            event = event => match event {
                Some(event) => state.rooms.live.node_event(&state, event).await,
                None => events = None,
            },
        }
    }
}

async fn revive(state: &AppState) -> Result<(), sqlx::Error> {
    let mut conn = state.db.read().await?;
    for room in store::places::rooms_with_people(&mut conn).await? {
        state.rooms.live.wake(state, room);
    }
    Ok(())
}
