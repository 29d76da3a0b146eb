//! Appointments, from the hold to the end.
//!
//! [`clerk`] carries out what the rules decide, inside the caller's transaction: claims, the row, the
//! event and the mail go together or not at all.

mod access;
pub mod citizen;
pub mod clerk;
pub mod desk;
mod feed;
pub mod jobs;
pub(crate) mod letter;
pub(crate) mod proof;
mod queue;
pub mod record;
mod statistics;
pub mod store;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Routes;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(desk::day))
        .routes(routes!(desk::list, desk::book))
        .routes(routes!(desk::get))
        .routes(routes!(desk::move_to))
        .routes(routes!(desk::cancel))
        .routes(routes!(desk::hand_over))
        .routes(routes!(desk::arrive))
        .routes(routes!(desk::call))
        .routes(routes!(desk::start))
        .routes(routes!(desk::finish))
        .routes(routes!(desk::no_show))
        .routes(routes!(desk::set_notes))
        .routes(routes!(queue::make))
        .routes(routes!(feed::make))
        .routes(routes!(statistics::show))
        .routes(routes!(statistics::csv))
}

pub(crate) fn public_routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(citizen::challenge))
        .routes(routes!(citizen::hold))
        .routes(routes!(citizen::release))
        .routes(routes!(citizen::send_code))
        .routes(routes!(citizen::confirm))
        .routes(routes!(citizen::view))
        .routes(routes!(citizen::move_to))
        .routes(routes!(citizen::cancel))
        .routes(routes!(citizen::check_in))
        .routes(routes!(queue::show))
        .routes(routes!(feed::show))
}
