-- Who is told of events, and what has still to be told.

CREATE TABLE booking_webhook (
    id         TEXT   NOT NULL PRIMARY KEY,
    office_id  TEXT   NOT NULL,
    url        TEXT   NOT NULL,
    -- Sealed.
    secret     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX booking_webhook_office ON booking_webhook (office_id);

CREATE TABLE booking_delivery (
    webhook_id      TEXT   NOT NULL REFERENCES booking_webhook (id) ON DELETE CASCADE,
    event_id        TEXT   NOT NULL REFERENCES booking_event (id),
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    last_error      TEXT,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX booking_delivery_due ON booking_delivery (state, next_attempt_at);
