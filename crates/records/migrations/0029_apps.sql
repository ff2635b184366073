-- The trust's own app on a network, which the Manager makes on that network's page for developers. Facebook and Instagram
-- share one. Its secret is sealed: the file alone does not yield it.
CREATE TABLE network_app (
    network TEXT PRIMARY KEY,
    app_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_ms BIGINT NOT NULL
);
-- When the network last said how an account is, and the permissions that it had not given then (JSON, as `Lacking`).
ALTER TABLE channel_connection ADD COLUMN checked_ms BIGINT;
ALTER TABLE channel_connection ADD COLUMN missing TEXT;
