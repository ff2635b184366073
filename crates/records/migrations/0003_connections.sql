-- How the trust signs in to an account of its own. What signs in is sealed: the file alone yields no token.
CREATE TABLE channel_connection (
    channel_id TEXT PRIMARY KEY REFERENCES channel (id),
    -- The network's lasting name of the account, its name as people write it, and the server that holds it.
    remote TEXT NOT NULL,
    handle TEXT NOT NULL,
    server TEXT NOT NULL,
    way TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    connected_by TEXT NOT NULL REFERENCES person (id),
    connected_ms BIGINT NOT NULL,
    -- The network no longer takes it: since when, and why.
    broken_ms BIGINT,
    broken_because TEXT
);

-- A connection that was begun in a browser and has not come back. Only the hash of what it will name is kept.
CREATE TABLE connection_begun (
    state_hash TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    sign_in_id TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    ends_ms BIGINT NOT NULL
);
