//! Who calls, and the proofs that handlers receive.

use axum::http::{header, request::Parts};
use axum_extra::extract::CookieJar;
use szpon_kit::{
    extract_proof,
    http::{Authenticate, ClientAddress, Proof, bearer},
    problem::{Failure, Result},
    secrets::Secret,
    transaction,
};
use szpon_protocol::{
    OfficeId, PersonId, SessionId,
    claims::{Audience, ParticipantClaims, Role, Subject},
    room::TOKEN_SUBPROTOCOL_PREFIX,
};

use crate::{AppState, accounts, directory};

/// What is known of a caller.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Someone with an account: by session cookie, or by a token for audience `signalling`.
    Staff(Staff),
    /// A place in a room, by a participant token.
    Participant(Participant),
    /// Another service.
    Service(ServiceCaller),
}

/// A person of an office, active at this moment.
#[derive(Debug, Clone)]
pub struct Staff {
    pub person: PersonId,
    pub office: OfficeId,
    pub name: String,
    pub roles: Vec<Role>,
    /// None when the caller came with a token.
    pub session: Option<SessionId>,
    /// The caller's network, shortened for the audit log.
    pub network: String,
}

impl Staff {
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

impl Proof for Staff {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        match caller {
            Caller::Staff(staff) => Ok(staff.clone()),
            _ => Err(Failure::forbidden()),
        }
    }
}

/// A person in front of a browser, signed in by password: what only they may do themselves.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub staff: Staff,
    pub session: SessionId,
}

impl Proof for SignedIn {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        let staff = Staff::prove(caller)?;
        let session = staff.session.ok_or_else(Failure::forbidden)?;
        Ok(Self { staff, session })
    }
}

/// An administrator of their office.
#[derive(Debug, Clone)]
pub struct OfficeAdmin(pub Staff);

impl Proof for OfficeAdmin {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        Staff::prove(caller).and_then(|staff| {
            if staff.has(Role::OfficeAdmin) { Ok(Self(staff)) } else { Err(Failure::forbidden()) }
        })
    }
}

/// An operator of the installation.
#[derive(Debug, Clone)]
pub struct Operator(pub Staff);

impl Proof for Operator {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        Staff::prove(caller).and_then(|staff| {
            if staff.has(Role::Operator) { Ok(Self(staff)) } else { Err(Failure::forbidden()) }
        })
    }
}

/// The holder of a participant token: opens the room's WebSocket.
#[derive(Debug, Clone)]
pub struct Participant(pub ParticipantClaims);

impl Proof for Participant {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        match caller {
            Caller::Participant(participant) => Ok(participant.clone()),
            _ => Err(Failure::forbidden()),
        }
    }
}

/// Another service of the installation, by name.
#[derive(Debug, Clone)]
pub struct ServiceCaller(pub String);

impl Proof for ServiceCaller {
    type Caller = Caller;
    fn prove(caller: &Caller) -> Result<Self> {
        match caller {
            Caller::Service(service) => Ok(service.clone()),
            _ => Err(Failure::forbidden()),
        }
    }
}

extract_proof!(Staff, SignedIn, OfficeAdmin, Operator, Participant, ServiceCaller);

/// Knows callers by `Authorization: Bearer`, by the token that a WebSocket offers as a subprotocol,
/// or by the session cookie, in this order.
pub struct Authenticator(AppState);

impl Authenticator {
    pub fn new(state: AppState) -> Self {
        Self(state)
    }

    async fn by_token(&self, token: &str, network: String) -> Result<Caller> {
        let now = self.0.clock.now();
        let verified =
            self.0.keys.verifier().verify(token, Audience::Signalling, now).map_err(|reason| {
                tracing::debug!(%reason, "a token was refused");
                Failure::unauthenticated()
            })?;
        match verified.into_claims().subject {
            // Roles are read anew: a token outlives a deactivation by minutes.
            Subject::Person { person, office, .. } => {
                let mut conn = self.0.db.read().await?;
                let found = directory::store::active_person(&mut conn, office, person).await?;
                let found = found.ok_or_else(Failure::unauthenticated)?;
                Ok(Caller::Staff(Staff {
                    person,
                    office,
                    name: found.name,
                    roles: found.roles,
                    session: None,
                    network,
                }))
            }
            Subject::Participant(claims) => Ok(Caller::Participant(Participant(claims))),
            Subject::Service { name } => Ok(Caller::Service(ServiceCaller(name))),
            Subject::Media(_) | Subject::Stream(_) | Subject::Probe | Subject::System { .. } => {
                Err(Failure::unauthenticated())
            }
        }
    }

    async fn by_session(&self, secret: &Secret, network: String) -> Result<Caller> {
        let state = &self.0;
        let now = state.clock.now();
        let idle = state.settings.session_idle;
        let mut conn = state.db.read().await?;
        let session = accounts::sessions::find(&mut conn, &secret.hash(), now, idle)
            .await?
            .ok_or_else(Failure::unauthenticated)?;
        drop(conn);
        if session.is_stale(now) {
            transaction!(state.db, |conn| {
                accounts::sessions::touch(conn, session.id, session.person, now).await
            })?;
        }
        Ok(Caller::Staff(Staff {
            person: session.person,
            office: session.office,
            name: session.name,
            roles: session.roles,
            session: Some(session.id),
            network,
        }))
    }
}

impl Authenticate for Authenticator {
    type Caller = Caller;

    async fn authenticate(&self, parts: &Parts) -> Result<Caller> {
        let network =
            parts.extensions.get::<ClientAddress>().map(|a| a.shortened()).unwrap_or_default();
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(parts).ok_or_else(Failure::unauthenticated)?;
            return self.by_token(token, network).await;
        }
        if let Some(token) = subprotocol_token(parts) {
            return self.by_token(token, network).await;
        }
        let jar = CookieJar::from_headers(&parts.headers);
        let cookie = jar.get(accounts::cookie::name(&self.0.settings));
        let secret = cookie.and_then(|cookie| Secret::parse(cookie.value()));
        self.by_session(&secret.ok_or_else(Failure::unauthenticated)?, network).await
    }
}

/// Browsers can't set headers on a WebSocket, so the token travels as an offered subprotocol.
fn subprotocol_token(parts: &Parts) -> Option<&str> {
    let offered = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    offered
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|protocol| protocol.trim().strip_prefix(TOKEN_SUBPROTOCOL_PREFIX))
}
