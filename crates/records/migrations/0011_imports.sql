-- Sheets of participants that wait to be looked at, and children who only look like one.

-- What a sheet held, sealed, until it is accepted or a day old; then only how much it was stays, for a second press.
CREATE TABLE import_batch (
    id TEXT PRIMARY KEY,
    made_by TEXT NOT NULL REFERENCES person (id),
    made_ms BIGINT NOT NULL,
    -- Everybody in it goes on this roster; null when the sheet names the activities, or none.
    activity_id TEXT REFERENCES activity (id),
    sealed BYTEA,
    -- What people decided about single rows, as JSON.
    choices TEXT NOT NULL,
    accepted_ms BIGINT,
    -- How many of what, as JSON.
    result TEXT
);

-- Two participants who look alike and are not the same, said by a person. The smaller id comes first.
CREATE TABLE participant_apart (
    first_id TEXT NOT NULL REFERENCES participant (id),
    second_id TEXT NOT NULL REFERENCES participant (id),
    said_by TEXT NOT NULL REFERENCES person (id),
    said_ms BIGINT NOT NULL,
    PRIMARY KEY (first_id, second_id),
    CHECK (first_id < second_id)
);

CREATE INDEX roster_of ON roster (participant_id);
CREATE INDEX guardianship_of ON guardianship (guardian_id);
CREATE INDEX withdrawal_about ON withdrawal (participant_id);
