-- The holds of a network within an hour: each takes a place, of which there are as many as the office
-- allows. The primary key is what forbids more, also to those who ask at the same time.
CREATE TABLE booking_network (
    office_id    TEXT   NOT NULL,
    -- Keyed hash of the network.
    network_hash TEXT   NOT NULL,
    place        BIGINT NOT NULL,
    -- When the place is free again.
    until        BIGINT NOT NULL,
    PRIMARY KEY (office_id, network_hash, place)
);
CREATE INDEX booking_network_until ON booking_network (until);

ALTER TABLE booking_appointment DROP COLUMN network_hash;
