-- Rooms, who is invited to them, links into them, and what happens in them.
-- TEXT for ids, names and JSON; BIGINT for milliseconds since 1970 and for flags (0 or 1).

CREATE TABLE rooms (
    id               TEXT   NOT NULL PRIMARY KEY,
    office_id        TEXT   NOT NULL,
    host_id          TEXT   NOT NULL,
    title            TEXT   NOT NULL,
    description      TEXT   NOT NULL,
    starts_at        BIGINT NOT NULL,
    duration_minutes BIGINT NOT NULL,
    waiting_room     BIGINT NOT NULL,
    locked           BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    -- When what the calendar entry says was changed last, and how often (SEQUENCE of RFC 5545).
    changed_at       BIGINT NOT NULL,
    sequence         BIGINT NOT NULL,
    -- The first one came in.
    started_at       BIGINT,
    -- A moderator ended it.
    ended_at         BIGINT,
    cancelled_at     BIGINT,
    -- The host is of the same office.
    FOREIGN KEY (office_id, host_id) REFERENCES people (office_id, id)
);
CREATE INDEX rooms_of_host ON rooms (host_id, starts_at);

CREATE TABLE room_invitees (
    id         TEXT   NOT NULL PRIMARY KEY,
    room_id    TEXT   NOT NULL REFERENCES rooms (id),
    -- A colleague; none for somebody from outside.
    person_id  TEXT   REFERENCES people (id),
    name       TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    -- The newest mail to them in the outbox.
    mail_id    TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX room_invitees_once ON room_invitees (room_id, email) WHERE removed_at IS NULL;
CREATE INDEX room_invitees_of_person ON room_invitees (person_id);

CREATE TABLE room_links (
    id           TEXT   NOT NULL PRIMARY KEY,
    room_id      TEXT   NOT NULL REFERENCES rooms (id),
    -- Whose personal link it is; none for one to hand out by other ways.
    invitee_id   TEXT   UNIQUE REFERENCES room_invitees (id),
    role         TEXT   NOT NULL,
    label        TEXT   NOT NULL,
    -- SHA-256 of the secret.
    secret_hash  TEXT   NOT NULL UNIQUE,
    -- The secret of a personal link, encrypted with the installation's master key: a later mail
    -- has to carry the same link. None for a link that was shown once.
    secret_box   TEXT,
    created_at   BIGINT NOT NULL,
    -- None: with the room.
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT,
    -- Somebody who came by it was removed: it lets in nobody new.
    barred_at    BIGINT
);
CREATE INDEX room_links_of_room ON room_links (room_id);

CREATE TABLE room_participants (
    id             TEXT   NOT NULL PRIMARY KEY,
    room_id        TEXT   NOT NULL REFERENCES rooms (id),
    person_id      TEXT   REFERENCES people (id),
    link_id        TEXT   REFERENCES room_links (id),
    name           TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    standing       TEXT   NOT NULL,
    admitted       BIGINT NOT NULL,
    since          BIGINT NOT NULL,
    sources        TEXT   NOT NULL,
    hand_raised_at BIGINT,
    notes          TEXT   NOT NULL,
    reason         TEXT   NOT NULL
);
-- A person has one place in a room, however often they come.
CREATE UNIQUE INDEX room_participants_once ON room_participants (room_id, person_id);
CREATE INDEX room_participants_of_link ON room_participants (link_id);
-- Who is in or waits: read when a room is loaded, and for all rooms when the server starts.
CREATE INDEX room_participants_present ON room_participants (room_id)
    WHERE standing IN ('in', 'waiting');

CREATE TABLE room_chat (
    id             TEXT   NOT NULL PRIMARY KEY,
    room_id        TEXT   NOT NULL REFERENCES rooms (id),
    participant_id TEXT   NOT NULL REFERENCES room_participants (id),
    from_name      TEXT   NOT NULL,
    text           TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    client_id      TEXT   NOT NULL,
    UNIQUE (participant_id, client_id)
);
CREATE INDEX room_chat_of_room ON room_chat (room_id, at, id);

-- One row for each stay of a participant in the room: the attendance.
CREATE TABLE room_stays (
    participant_id TEXT   NOT NULL REFERENCES room_participants (id),
    room_id        TEXT   NOT NULL REFERENCES rooms (id),
    joined_at      BIGINT NOT NULL,
    left_at        BIGINT,
    reason         TEXT
);
CREATE INDEX room_stays_of_room ON room_stays (room_id, joined_at);
CREATE UNIQUE INDEX room_stays_open ON room_stays (participant_id) WHERE left_at IS NULL;
