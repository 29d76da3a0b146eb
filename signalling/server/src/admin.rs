//! The office, its departments and its people.

mod departments;
mod office;
mod people;
mod rules;

use utoipa_axum::router::OpenApiRouter;

use crate::Routes;

pub(crate) fn routes() -> Routes {
    OpenApiRouter::new()
        .merge(office::routes())
        .merge(departments::routes())
        .merge(people::routes())
}
