-- Who looked at lists of people. The same look within one span of ten minutes is one row.

CREATE TABLE booking_audit (
    id        TEXT   NOT NULL PRIMARY KEY,
    office_id TEXT   NOT NULL,
    -- The official; empty for another system.
    actor_id  TEXT   NOT NULL,
    -- The system's name; empty for an official.
    system    TEXT   NOT NULL,
    action    TEXT   NOT NULL,
    -- JSON: what was asked for. Nothing personal of citizens.
    filter    TEXT   NOT NULL,
    span      BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    UNIQUE (office_id, actor_id, system, action, filter, span)
);
CREATE INDEX booking_audit_office ON booking_audit (office_id, id);
