//! People of the office.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use szpon_kit::{
    db::{Conn, is_unique_violation},
    http::{Json, Path, Query},
    problem::{Failure, Fields, Result},
    transaction,
};
use szpon_protocol::{
    DepartmentId, OfficeId, PersonId, Time,
    admin::{AuditAction, ChangePerson, InvitePerson, PeopleQuery, Person, PersonStatus},
    claims::Role,
    problem::FieldReason,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::rules::{checked_roles, may_change, roles_lost};
use crate::{
    AppState, Routes, accounts,
    audit::{self, Event},
    caller::{OfficeAdmin, Staff},
    directory::{PersonRecord, store},
};

pub(super) fn routes() -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_people, invite_person))
        .routes(routes!(change_person))
        .routes(routes!(invite_again))
        .routes(routes!(sign_out_everywhere))
}

/// Colleagues. An administrator sees everyone and their state, others see who is active.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "administration", params(PeopleQuery),
    responses((status = 200, body = Vec<Person>))
)]
async fn list_people(
    State(state): State<AppState>,
    staff: Staff,
    Query(wanted): Query<PeopleQuery>,
) -> Result<Json<Vec<Person>>> {
    let mut fields = Fields::new();
    let query = fields.line("query", &wanted.query, 0..=200);
    fields.finish()?;
    let admin = staff.has(Role::OfficeAdmin);
    let people = store::people(&mut *state.db.read().await?, staff.office, &query, admin).await?;
    let people = people.into_iter().map(PersonRecord::into_person).map(|person| {
        if admin { person } else { Person { totp_enabled: false, last_seen_at: None, ..person } }
    });
    Ok(Json(people.collect()))
}

/// Invites somebody by mail.
#[utoipa::path(
    post, path = "/api/v1/people", tag = "administration", request_body = InvitePerson,
    responses((status = 201, body = Person))
)]
async fn invite_person(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Json(wanted): Json<InvitePerson>,
) -> Result<impl IntoResponse> {
    let mut fields = Fields::new();
    let name = fields.line("name", &wanted.name, 1..=120);
    let email = fields.email("email", &wanted.email);
    fields.finish()?;
    let roles = checked_roles(&wanted.roles)?;
    may_change(&staff.roles, None, &roles, false)?;
    let id = PersonId::new();
    let now = state.clock.now();
    let person = transaction!(state.db, |conn| {
        require_department(conn, staff.office, wanted.department).await?;
        let new = store::NewPerson {
            id,
            office: staff.office,
            department: wanted.department,
            name: &name,
            email: &email,
            language: wanted.language,
            roles: &roles,
            password_hash: None,
        };
        store::insert_person(conn, &new, now).await.map_err(|error| {
            if is_unique_violation(&error) {
                Failure::field("email", FieldReason::Taken)
            } else {
                error.into()
            }
        })?;
        let person = find(conn, staff.office, id).await?;
        accounts::invite(conn, &state, &person, now).await?;
        let event = audit::by(&staff, AuditAction::PersonInvited)
            .on(id)
            .with(serde_json::json!({ "roles": roles }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(person)
    })?;
    state.mail.wake();
    Ok((StatusCode::CREATED, Json(person.into_person())))
}

/// Changes name, department, roles, or whether the person may come in.
#[utoipa::path(
    patch, path = "/api/v1/people/{person}", tag = "administration",
    params(("person" = PersonId, Path)), request_body = ChangePerson,
    responses((status = 200, body = Person))
)]
async fn change_person(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<PersonId>,
    Json(change): Json<ChangePerson>,
) -> Result<Json<Person>> {
    let mut fields = Fields::new();
    let name = change.name.as_deref().map(|name| fields.line("name", name, 1..=120));
    if change.clear_department && change.department.is_some() {
        fields.refuse("clear_department", FieldReason::Malformed);
    }
    fields.finish()?;
    let roles = change.roles.as_deref().map(checked_roles).transpose()?;
    let now = state.clock.now();
    let person = transaction!(state.db, |conn| {
        let before = find(conn, staff.office, id).await?;
        require_department(conn, staff.office, change.department).await?;
        let mut after = before.clone();
        if let Some(name) = &name {
            after.name.clone_from(name);
        }
        if change.department.is_some() || change.clear_department {
            after.department = change.department;
        }
        if let Some(roles) = &roles {
            after.roles.clone_from(roles);
        }
        if let Some(active) = change.active {
            after.status = status_after(conn, &before, active).await?;
        }
        apply(conn, &staff, &before, &after, now).await?;
        find(conn, staff.office, id).await
    })?;
    if person.status == PersonStatus::Deactivated {
        state.rooms.expel(id).await;
    }
    Ok(Json(person.into_person()))
}

/// Whoever has a password is active again, others are still invited.
async fn status_after(
    conn: &mut Conn,
    before: &PersonRecord,
    active: bool,
) -> Result<PersonStatus> {
    if !active {
        return Ok(PersonStatus::Deactivated);
    }
    if before.status != PersonStatus::Deactivated {
        return Ok(before.status);
    }
    let credentials = accounts::store::credentials(conn, before.office, before.id).await?;
    let has_password = credentials.is_some_and(|known| known.password_hash.is_some());
    Ok(if has_password { PersonStatus::Active } else { PersonStatus::Invited })
}

async fn apply(
    conn: &mut Conn,
    staff: &Staff,
    before: &PersonRecord,
    after: &PersonRecord,
    now: Time,
) -> Result<()> {
    may_change(&staff.roles, Some(before), &after.roles, before.status != after.status)?;
    for role in roles_lost(before, after) {
        let office = (role == Role::OfficeAdmin).then_some(before.office);
        if store::count_active_with_role(conn, office, role).await? <= 1 {
            return Err(Failure::conflict().with_detail("nobody else has this role"));
        }
    }
    store::update_person(conn, after).await?;
    if before.roles != after.roles {
        store::set_roles(conn, after.id, &after.roles).await?;
    }
    if after.status == PersonStatus::Deactivated {
        accounts::sessions::delete_others(conn, after.id, None).await?;
        accounts::store::delete_links(conn, after.id).await?;
    }
    for event in events(staff, before, after) {
        audit::record(conn, event, now).await?;
    }
    Ok(())
}

fn events(staff: &Staff, before: &PersonRecord, after: &PersonRecord) -> Vec<Event> {
    let mut events = Vec::new();
    let mut changed = serde_json::Map::new();
    if before.name != after.name {
        changed.insert("name".into(), true.into());
    }
    if before.department != after.department {
        changed.insert("department".into(), serde_json::json!(after.department));
    }
    if before.roles != after.roles {
        let roles = serde_json::json!({ "from": before.roles, "to": after.roles });
        changed.insert("roles".into(), roles);
    }
    if !changed.is_empty() {
        events.push(audit::by(staff, AuditAction::PersonChanged).on(after.id).with(changed.into()));
    }
    match (before.status, after.status) {
        (before, after) if before == after => {}
        (_, PersonStatus::Deactivated) => {
            events.push(audit::by(staff, AuditAction::PersonDeactivated).on(after.id));
        }
        _ => events.push(audit::by(staff, AuditAction::PersonReactivated).on(after.id)),
    }
    events
}

/// Sends the invitation again; the earlier one stops working.
#[utoipa::path(
    post, path = "/api/v1/people/{person}/invite", tag = "administration",
    params(("person" = PersonId, Path)), responses((status = 204))
)]
async fn invite_again(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<PersonId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        let person = find(conn, staff.office, id).await?;
        if person.status != PersonStatus::Invited {
            return Err(Failure::conflict().with_detail("the person isn't waiting to come in"));
        }
        accounts::invite(conn, &state, &person, now).await?;
        let event = audit::by(&staff, AuditAction::PersonInvited).on(id);
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    state.mail.wake();
    Ok(StatusCode::NO_CONTENT)
}

/// Signs the person out everywhere.
#[utoipa::path(
    delete, path = "/api/v1/people/{person}/sessions", tag = "administration",
    params(("person" = PersonId, Path)), responses((status = 204))
)]
async fn sign_out_everywhere(
    State(state): State<AppState>,
    OfficeAdmin(staff): OfficeAdmin,
    Path(id): Path<PersonId>,
) -> Result<StatusCode> {
    let now = state.clock.now();
    transaction!(state.db, |conn| {
        find(conn, staff.office, id).await?;
        let ended = accounts::sessions::delete_others(conn, id, None).await?;
        let event = audit::by(&staff, AuditAction::SessionRevoked)
            .on(id)
            .with(serde_json::json!({ "ended": ended }));
        audit::record(conn, event, now).await?;
        Ok::<_, Failure>(())
    })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(conn: &mut Conn, office: OfficeId, id: PersonId) -> Result<PersonRecord> {
    store::person(conn, office, id).await?.ok_or_else(Failure::not_found)
}

/// The department is one of the office.
async fn require_department(
    conn: &mut Conn,
    office: OfficeId,
    id: Option<DepartmentId>,
) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    match store::department(conn, office, id).await? {
        Some(_) => Ok(()),
        None => Err(Failure::field("department", FieldReason::Unknown)),
    }
}
