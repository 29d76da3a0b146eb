-- When rooms and desks can be used: weekly hours (none: whenever an official is there), and closures, during
-- which another one may stand in.
CREATE TABLE booking_resource_hours (
    office_id   TEXT   NOT NULL,
    resource_id TEXT   NOT NULL REFERENCES booking_resource (id),
    -- 1 is Monday.
    weekday     BIGINT NOT NULL,
    from_minute BIGINT NOT NULL,
    to_minute   BIGINT NOT NULL,
    -- Dates as 2026-12-24.
    valid_from  TEXT,
    valid_to    TEXT
);
CREATE INDEX booking_resource_hours_resource ON booking_resource_hours (office_id, resource_id);

ALTER TABLE booking_exception ADD COLUMN resource_id TEXT;
ALTER TABLE booking_exception ADD COLUMN substitute_resource_id TEXT;
