-- The waiting list: who is offered a slot that is given back.

CREATE TABLE booking_waiting (
    id          TEXT   NOT NULL PRIMARY KEY,
    office_id   TEXT   NOT NULL,
    matter_id   TEXT   NOT NULL REFERENCES booking_matter (id),
    state       TEXT   NOT NULL CHECK (state IN ('unconfirmed', 'waiting', 'offered', 'booked',
                                                 'left')),
    since       BIGINT NOT NULL,
    -- JSON list.
    forms       TEXT   NOT NULL,
    official_id TEXT,
    from_date   TEXT   NOT NULL,
    to_date     TEXT   NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    people      BIGINT NOT NULL,
    interpreter BIGINT NOT NULL,
    unanswered  BIGINT NOT NULL,
    -- JSON list of starts that were offered and not taken, in ticks.
    passed      TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL UNIQUE,
    -- Sealed JSON: name and address. None once the place is over.
    citizen     TEXT,
    email_hash  TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    -- Keyed hash of the code that proves the address, until when it is good, and how often it was
    -- tried.
    code_hash   TEXT   NOT NULL,
    code_until  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    -- The hold that is offered.
    offer_id    TEXT   UNIQUE,
    created_at  BIGINT NOT NULL
);
CREATE INDEX booking_waiting_matter ON booking_waiting (office_id, matter_id, state, since);
