-- What offices offer, when officials are there, and appointments. Runs unchanged on SQLite and
-- PostgreSQL: ids are TEXT, JSON is TEXT, times BIGINT (milliseconds since the epoch), flags BIGINT
-- 0/1. Personal data of citizens stands in sealed columns only.

-- One row for each office whose profile was written.
CREATE TABLE booking_office (
    office_id  TEXT   NOT NULL PRIMARY KEY,
    public     BIGINT NOT NULL,
    -- JSON: OfficeProfile.
    profile    TEXT   NOT NULL,
    -- Names, town and served towns in lower case, for search: SQLite lowers ASCII only.
    search_key TEXT   NOT NULL,
    -- SHA-256 of the queue screen's secret.
    queue_hash TEXT   UNIQUE,
    updated_at BIGINT NOT NULL
);

-- Postcodes that an office serves: whole ones, and beginnings that stand for all that begin so.
CREATE TABLE booking_area (
    office_id TEXT NOT NULL REFERENCES booking_office (office_id),
    postcode  TEXT NOT NULL,
    PRIMARY KEY (office_id, postcode)
);
CREATE INDEX booking_area_postcode ON booking_area (postcode);

-- People who hold appointments, as signalling knows them.
CREATE TABLE booking_official (
    office_id     TEXT   NOT NULL,
    person_id     TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    department_id TEXT,
    active        BIGINT NOT NULL,
    -- Where their appointments at the office take place.
    desk_id       TEXT,
    -- SHA-256 of their calendar feed's secret.
    feed_hash     TEXT   UNIQUE,
    PRIMARY KEY (office_id, person_id)
);

CREATE TABLE booking_resource (
    id         TEXT   NOT NULL PRIMARY KEY,
    office_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    directions TEXT   NOT NULL,
    archived   BIGINT NOT NULL
);
CREATE INDEX booking_resource_office ON booking_resource (office_id);

CREATE TABLE booking_matter (
    id        TEXT   NOT NULL PRIMARY KEY,
    office_id TEXT   NOT NULL,
    -- JSON: MatterDetails.
    details   TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    archived  BIGINT NOT NULL
);
CREATE INDEX booking_matter_office ON booking_matter (office_id, position);

CREATE TABLE booking_hours (
    office_id   TEXT   NOT NULL,
    official_id TEXT   NOT NULL,
    -- 1 is Monday.
    weekday     BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    -- JSON list.
    forms       TEXT   NOT NULL,
    -- Dates as 2026-12-24.
    valid_from  TEXT,
    valid_to    TEXT
);
CREATE INDEX booking_hours_official ON booking_hours (office_id, official_id);

CREATE TABLE booking_exception (
    id            TEXT   NOT NULL PRIMARY KEY,
    office_id     TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    official_id   TEXT,
    from_date     TEXT   NOT NULL,
    to_date       TEXT   NOT NULL,
    from_minute   BIGINT,
    to_minute     BIGINT,
    substitute_id TEXT,
    note          TEXT   NOT NULL
);
CREATE INDEX booking_exception_office ON booking_exception (office_id, to_date);

-- From the hold on.
CREATE TABLE booking_appointment (
    id              TEXT   NOT NULL PRIMARY KEY,
    office_id       TEXT   NOT NULL,
    matter_id       TEXT   NOT NULL REFERENCES booking_matter (id),
    official_id     TEXT   NOT NULL,
    resource_id     TEXT,
    -- The group whose places it takes, for a matter that several bookings share a slot of.
    group_id        TEXT,
    form            TEXT   NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('held', 'confirmed', 'arrived', 'in_progress',
                                                     'done', 'no_show', 'cancelled', 'expired')),
    -- Why its official can't keep it as it is.
    stranded        TEXT,
    -- Grows with each change; every UPDATE names the one it read.
    version         BIGINT NOT NULL,
    -- SEQUENCE of the calendar entry (RFC 5545).
    sequence        BIGINT NOT NULL,
    code            TEXT,
    starts_at       BIGINT NOT NULL,
    ends_at         BIGINT NOT NULL,
    -- With the buffers.
    block_from      BIGINT NOT NULL,
    block_to        BIGINT NOT NULL,
    people          BIGINT NOT NULL,
    hold_expires_at BIGINT,
    -- SHA-256 of the secret that opens it, and the secret, sealed: later mails carry it again.
    secret_hash     TEXT   NOT NULL UNIQUE,
    secret_box      TEXT   NOT NULL,
    -- Sealed JSON: name, address, phone, needs, answers. None while held, and after erasure.
    citizen         TEXT,
    -- Keyed hash of the address, to count and to find somebody's appointments by.
    email_hash      TEXT,
    -- Keyed hash of the network that holds came from.
    network_hash    TEXT,
    language        TEXT   NOT NULL,
    interpreter     BIGINT NOT NULL,
    accessibility   BIGINT NOT NULL,
    -- Sealed; by officials.
    notes           TEXT,
    -- The official who booked it; none for a citizen.
    created_by      TEXT,
    created_at      BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL,
    confirmed_at    BIGINT,
    arrived_at      BIGINT,
    called_at       BIGINT,
    started_at      BIGINT,
    ended_at        BIGINT,
    moves           BIGINT NOT NULL,
    -- The newest mail to the citizen.
    mail_id         TEXT,
    -- When the citizen was told of the hour last: confirmed or moved.
    told_at         BIGINT,
    -- The shortest lead of a reminder sent since, in minutes.
    reminded        BIGINT,
    -- When signalling was told last of the room, as the version that it knows.
    room_version    BIGINT NOT NULL,
    erased_at       BIGINT
);
CREATE UNIQUE INDEX booking_appointment_code ON booking_appointment (office_id, code);
CREATE INDEX booking_appointment_official
    ON booking_appointment (office_id, official_id, starts_at);
CREATE INDEX booking_appointment_time ON booking_appointment (office_id, starts_at);
CREATE INDEX booking_appointment_holds ON booking_appointment (state, hold_expires_at);
CREATE INDEX booking_appointment_email ON booking_appointment (office_id, email_hash);
CREATE INDEX booking_appointment_matter ON booking_appointment (office_id, matter_id, starts_at);

-- A slot of an official that several bookings share.
CREATE TABLE booking_group (
    id          TEXT   NOT NULL PRIMARY KEY,
    office_id   TEXT   NOT NULL,
    matter_id   TEXT   NOT NULL,
    official_id TEXT   NOT NULL,
    resource_id TEXT,
    form        TEXT   NOT NULL,
    starts_at   BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    block_from  BIGINT NOT NULL,
    block_to    BIGINT NOT NULL,
    capacity    BIGINT NOT NULL
);
CREATE INDEX booking_group_official ON booking_group (office_id, official_id, starts_at);

-- What an appointment occupies: an official, a desk or a group's place, for one tick of five minutes.
-- The primary key is what forbids to book anything twice.
CREATE TABLE booking_claim (
    subject   TEXT   NOT NULL,
    tick      BIGINT NOT NULL,
    office_id TEXT   NOT NULL,
    -- The appointment, or the group.
    holder_id TEXT   NOT NULL,
    PRIMARY KEY (subject, tick)
);
CREATE INDEX booking_claim_holder ON booking_claim (holder_id);

-- Codes that prove an e-mail address; one per hold, a new one replaces it.
CREATE TABLE booking_email_code (
    appointment_id TEXT   NOT NULL PRIMARY KEY REFERENCES booking_appointment (id),
    code_hash      TEXT   NOT NULL,
    -- Sealed.
    email          TEXT   NOT NULL,
    expires_at     BIGINT NOT NULL,
    attempts       BIGINT NOT NULL
);

-- Challenges whose proof of work was taken, until they would have expired.
CREATE TABLE booking_proof (
    challenge_hash TEXT   NOT NULL PRIMARY KEY,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX booking_proof_expiry ON booking_proof (expires_at);

-- Keys of this service that every process must share, sealed with the master key.
CREATE TABLE booking_key (
    name   TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL
);

-- What happened to appointments: append-only. Ids are ordered by time.
CREATE TABLE booking_event (
    id             TEXT   NOT NULL PRIMARY KEY,
    at             BIGINT NOT NULL,
    office_id      TEXT   NOT NULL,
    appointment_id TEXT   NOT NULL,
    event          TEXT   NOT NULL,
    -- The official who did it; none for the citizen and for the system.
    actor_id       TEXT,
    -- JSON: plain facts, no personal data.
    details        TEXT   NOT NULL
);
CREATE INDEX booking_event_appointment ON booking_event (appointment_id, id);
CREATE INDEX booking_event_office ON booking_event (office_id, id);

-- Mail: as in szpon-kit (src/mail/schema.sql). A service in the same database may have made it.
CREATE TABLE IF NOT EXISTS mail_outbox (
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

CREATE INDEX IF NOT EXISTS mail_outbox_due ON mail_outbox (state, next_attempt_at);

CREATE TABLE IF NOT EXISTS local_mailbox (
    id           TEXT   NOT NULL PRIMARY KEY,
    from_address TEXT   NOT NULL,
    to_address   TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    text         TEXT   NOT NULL,
    calendar     TEXT,
    raw          TEXT   NOT NULL
);

CREATE INDEX IF NOT EXISTS local_mailbox_at ON local_mailbox (at);
