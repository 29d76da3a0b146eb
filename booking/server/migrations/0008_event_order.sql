-- The order in which events are read. An event gets its number when a reader finds it for the first time,
-- which is after its transaction is over: numbers that were given out before would appear late, when
-- readers have passed them.
ALTER TABLE booking_event ADD COLUMN number BIGINT;
CREATE UNIQUE INDEX booking_event_number ON booking_event (office_id, number);

CREATE TABLE booking_event_order (
    office_id TEXT   NOT NULL PRIMARY KEY,
    -- The highest number that was given.
    last      BIGINT NOT NULL
);
