-- Who stands in for the Manager, from the first day to the last (London), unless ended before. Nothing has to run for it
-- to begin or to end.
CREATE TABLE deputy (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    named_by TEXT NOT NULL REFERENCES person (id),
    named_ms BIGINT NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    ended_ms BIGINT
);
CREATE INDEX deputy_of ON deputy (person_id);

-- Who is told first of a post that waits, and when.
CREATE TABLE on_call (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    activity_id TEXT REFERENCES activity (id),
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    ended_ms BIGINT
);
CREATE INDEX on_call_until ON on_call (until_ms);

-- Who was told that a post waits, and who opened it since. For one revision of it.
CREATE TABLE post_told (
    post_id TEXT NOT NULL REFERENCES post (id),
    revision BIGINT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    on_call BIGINT NOT NULL,
    told_ms BIGINT NOT NULL,
    opened_ms BIGINT,
    PRIMARY KEY (post_id, revision, person_id)
);

-- Browsers that are told by push. The address is sealed: whoever has it could wake the phone.
CREATE TABLE push_subscription (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    endpoint_hash TEXT NOT NULL UNIQUE,
    endpoint BYTEA NOT NULL,
    device TEXT NOT NULL,
    made_ms BIGINT NOT NULL
);
CREATE INDEX push_subscription_of ON push_subscription (person_id);

-- A phone that somebody reported lost: until it is ended, its person comes in by a printed code alone.
CREATE TABLE lost_phone (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    by_id TEXT NOT NULL REFERENCES person (id),
    at_ms BIGINT NOT NULL,
    ended_ms BIGINT
);
CREATE INDEX lost_phone_of ON lost_phone (person_id);
