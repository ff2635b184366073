-- Every version of the policy that was ever in force, text and rules whole, under the hash of both.
CREATE TABLE policy_version (
    hash TEXT PRIMARY KEY,
    whole TEXT NOT NULL
);

-- When which version came into force. One comes again when an older program is started.
CREATE TABLE policy_in_force (
    number BIGINT PRIMARY KEY,
    hash TEXT NOT NULL REFERENCES policy_version (hash),
    since_ms BIGINT NOT NULL
);

-- Who read and acknowledged which version. Of what was acknowledged before versions were kept there is no text.
CREATE TABLE policy_acknowledgement (
    person_id TEXT NOT NULL REFERENCES person (id),
    hash TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (person_id, hash, at_ms)
);
INSERT INTO policy_acknowledgement (person_id, hash, at_ms)
    SELECT id, acknowledged_policy, acknowledged_ms FROM person
    WHERE acknowledged_policy IS NOT NULL AND acknowledged_ms IS NOT NULL;

-- How the trust reads a word of the policy, signed by the Manager; the highest number is in force, the others are its history.
CREATE TABLE reading (
    name TEXT NOT NULL,
    number BIGINT NOT NULL,
    words TEXT NOT NULL,
    signed_by TEXT NOT NULL REFERENCES person (id),
    signed_ms BIGINT NOT NULL,
    PRIMARY KEY (name, number)
);

-- One review of the policy. It is under way until a second reviewer has confirmed it.
CREATE TABLE policy_review (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    begun_by TEXT NOT NULL REFERENCES person (id),
    begun_ms BIGINT NOT NULL,
    signed_by TEXT REFERENCES person (id),
    signed_ms BIGINT,
    signed_seal TEXT,
    confirmed_by TEXT REFERENCES person (id),
    confirmed_ms BIGINT,
    next_due_day TEXT
);

-- Who reviews this time (`next` 0), and who the next time (`next` 1).
CREATE TABLE policy_reviewer (
    review_id TEXT NOT NULL REFERENCES policy_review (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    next BIGINT NOT NULL,
    PRIMARY KEY (review_id, person_id, next)
);

-- What was said about a clause, a contact or a change since the last review.
CREATE TABLE policy_review_answer (
    review_id TEXT NOT NULL REFERENCES policy_review (id),
    item TEXT NOT NULL,
    keep BIGINT NOT NULL,
    words TEXT NOT NULL,
    said_by TEXT NOT NULL REFERENCES person (id),
    said_ms BIGINT NOT NULL,
    PRIMARY KEY (review_id, item)
);

-- What a finished review wants otherwise, open until a version answers it.
CREATE TABLE wanted_change (
    id TEXT PRIMARY KEY,
    review_id TEXT NOT NULL REFERENCES policy_review (id),
    item TEXT NOT NULL,
    words TEXT NOT NULL,
    wanted_ms BIGINT NOT NULL,
    answered_version TEXT,
    answered_by TEXT REFERENCES person (id),
    answered_ms BIGINT
);

-- Signed papers (PDF) of versions, by the hash of their bytes.
CREATE TABLE policy_paper (
    digest TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES person (id),
    made_ms BIGINT NOT NULL,
    bytes BYTEA NOT NULL
);
