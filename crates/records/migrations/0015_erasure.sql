-- A participant whose data is to be erased. The row stays, with an id that then names nobody.
CREATE TABLE erasure (
    id TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_ms BIGINT NOT NULL,
    done_ms BIGINT
);
CREATE UNIQUE INDEX erasure_open ON erasure (participant_id) WHERE done_ms IS NULL;
