-- Other systems of the administration that call services for an office.

CREATE TABLE systems (
    id           TEXT   NOT NULL PRIMARY KEY,
    office_id    TEXT   NOT NULL REFERENCES offices (id),
    name         TEXT   NOT NULL,
    -- JSON list.
    scopes       TEXT   NOT NULL,
    -- SHA-256 of the secret that tokens are asked for with.
    secret_hash  TEXT   NOT NULL UNIQUE,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX systems_office ON systems (office_id);
