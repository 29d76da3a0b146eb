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
