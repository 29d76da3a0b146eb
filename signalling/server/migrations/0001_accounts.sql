-- Offices and their people, sign-in, keys, audit, mail. Runs unchanged on SQLite and PostgreSQL:
-- ids are TEXT, times BIGINT (milliseconds since the epoch), flags BIGINT 0/1.

CREATE TABLE offices (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE departments (
    id         TEXT   NOT NULL PRIMARY KEY,
    office_id  TEXT   NOT NULL REFERENCES offices (id),
    name       TEXT   NOT NULL,
    -- In lower case: "Wydział Geodezji" and "wydział geodezji" are one department.
    name_key   TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (office_id, name_key),
    UNIQUE (office_id, id)
);

CREATE TABLE people (
    id             TEXT   NOT NULL PRIMARY KEY,
    office_id      TEXT   NOT NULL REFERENCES offices (id),
    department_id  TEXT,
    name           TEXT   NOT NULL,
    -- In lower case; one account per address in the whole installation.
    email          TEXT   NOT NULL UNIQUE,
    -- Name and address in lower case, for search: SQLite lowers ASCII only.
    search_key     TEXT   NOT NULL,
    language       TEXT   NOT NULL,
    status         TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'deactivated')),
    -- argon2id in PHC form; none until the invitation is accepted.
    password_hash  TEXT,
    -- Sealed with the master key. `pending` waits for its first code.
    totp_secret    TEXT,
    totp_pending   TEXT,
    -- The newest time step whose code was used; no code up to it is taken again.
    totp_last_step BIGINT NOT NULL,
    created_at     BIGINT NOT NULL,
    last_seen_at   BIGINT,
    UNIQUE (office_id, id),
    -- A department of another office can't be named.
    FOREIGN KEY (office_id, department_id) REFERENCES departments (office_id, id)
);

CREATE INDEX people_department ON people (office_id, department_id);

CREATE TABLE person_roles (
    person_id TEXT NOT NULL REFERENCES people (id),
    role      TEXT NOT NULL CHECK (role IN ('official', 'trainer', 'office_admin', 'operator')),
    PRIMARY KEY (person_id, role)
);

CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY,
    person_id    TEXT   NOT NULL REFERENCES people (id),
    -- SHA-256 of the cookie, in hex.
    secret_hash  TEXT   NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    user_agent   TEXT   NOT NULL
);

CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Invitations and password resets, by mail. One of a kind per person: a new one replaces it.
CREATE TABLE account_links (
    person_id   TEXT   NOT NULL REFERENCES people (id),
    purpose     TEXT   NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
    secret_hash TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, purpose)
);

-- The one-time link of the first start; at most one row, and none after set-up.
CREATE TABLE setup_link (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    secret_hash TEXT   NOT NULL
);

CREATE TABLE signing_keys (
    -- RFC 7638 thumbprint.
    kid        TEXT   NOT NULL PRIMARY KEY,
    -- 32 bytes in base64url (RFC 8037).
    public_x   TEXT   NOT NULL,
    -- PKCS#8, sealed with the master key.
    sealed     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Append-only: triggers refuse anything but INSERT (src/audit/store.rs sets them, since their syntax
-- differs). No references: an entry outlives what it is about.
CREATE TABLE audit_log (
    seq       BIGINT NOT NULL PRIMARY KEY,
    at        BIGINT NOT NULL,
    office_id TEXT,
    actor_id  TEXT,
    action    TEXT   NOT NULL,
    target    TEXT,
    -- JSON
    details   TEXT   NOT NULL,
    network   TEXT
);

CREATE INDEX audit_log_office ON audit_log (office_id, seq);

-- Mail: as in szpon-kit (src/mail/schema.sql); a test compares.
CREATE TABLE mail_outbox (
    id              TEXT   NOT NULL PRIMARY KEY,
    to_address      TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    -- JSON; empty once the mail is out, since it may carry a secret link.
    message         TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    last_error      TEXT,
    finished_at     BIGINT,
    -- Who is delivering it now, and until when that is believed.
    claim           TEXT,
    claimed_until   BIGINT NOT NULL
);

CREATE INDEX mail_outbox_due ON mail_outbox (state, next_attempt_at);

CREATE TABLE local_mailbox (
    id           TEXT   NOT NULL PRIMARY KEY,
    from_address TEXT   NOT NULL,
    to_address   TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    text         TEXT   NOT NULL,
    calendar     TEXT,
    raw          TEXT   NOT NULL
);

CREATE INDEX local_mailbox_at ON local_mailbox (at);
