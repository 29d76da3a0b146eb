-- Slots that were given back and stay hidden from citizens for a while, so that who trades in slots
-- gains nothing by watching.

CREATE TABLE booking_freed (
    office_id   TEXT   NOT NULL,
    official_id TEXT   NOT NULL,
    block_from  BIGINT NOT NULL,
    block_to    BIGINT NOT NULL,
    visible_at  BIGINT NOT NULL
);
CREATE INDEX booking_freed_office ON booking_freed (office_id, visible_at);
