-- Encoders and players from outside (WHIP, WHEP), which have a place in a room like anybody else.

CREATE TABLE room_streams (
    -- The participant that the stream is.
    id         TEXT   NOT NULL PRIMARY KEY REFERENCES room_participants (id),
    room_id    TEXT   NOT NULL REFERENCES rooms (id),
    direction  TEXT   NOT NULL,
    -- What it publishes, as JSON.
    sources    TEXT   NOT NULL,
    created_by TEXT   NOT NULL REFERENCES people (id),
    created_at BIGINT NOT NULL,
    -- The end of its token.
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX room_streams_of_room ON room_streams (room_id, created_at);
