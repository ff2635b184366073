-- DBS records with their history (clause 1). What the gate needs is in clear. What only the Manager and the safeguarding
-- lead may know is sealed: number, names and birthday in `identity`, what the certificate disclosed and why somebody is
-- suitable in `content`, why a status check needs a look in `why`; each always of one length.
CREATE TABLE dbs_record (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    level TEXT NOT NULL CHECK (level IN ('basic', 'standard', 'enhanced', 'enhanced_barred')),
    workforce TEXT NOT NULL CHECK (workforce IN ('child', 'adult', 'other')),
    issued_day TEXT NOT NULL,
    recorded_by TEXT REFERENCES person (id),
    recorded_ms BIGINT NOT NULL,
    seen_by TEXT REFERENCES person (id),
    seen_ms BIGINT,
    decided_by TEXT REFERENCES person (id),
    decided_ms BIGINT,
    suitable BIGINT CHECK (suitable IN (0, 1)),
    identity BYTEA,
    content BYTEA,
    CHECK (recorded_by <> person_id),
    CHECK (seen_by <> person_id),
    CHECK (decided_by <> person_id),
    CHECK ((seen_by IS NULL) = (seen_ms IS NULL)),
    CHECK ((decided_by IS NULL) = (suitable IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_ms IS NULL)),
    CHECK (decided_by IS NULL OR seen_by IS NOT NULL)
);
CREATE INDEX dbs_record_person ON dbs_record (person_id);

-- What was one line for each person is the first record of its history. A line that nobody found suitable was an open question.
INSERT INTO dbs_record (id, person_id, level, workforce, issued_day, recorded_ms, seen_by, seen_ms, decided_by, decided_ms,
    suitable)
SELECT 'dbs_' || substr(d.person_id, 8), d.person_id, d.level, d.workforce, d.issued_day, COALESCE(d.seen_ms, p.joined_ms),
    d.seen_by, d.seen_ms,
    CASE WHEN d.suitable = 1 THEN d.seen_by END,
    CASE WHEN d.suitable = 1 THEN d.seen_ms END,
    CASE WHEN d.suitable = 1 AND d.seen_by IS NOT NULL THEN 1 END
FROM dbs_check d JOIN person p ON p.id = d.person_id;
DROP TABLE dbs_check;

-- What the Update Service said last about a record: all that the gate learns is whether it counts.
CREATE TABLE dbs_status (
    record_id TEXT PRIMARY KEY REFERENCES dbs_record (id),
    counts TEXT NOT NULL CHECK (counts IN ('passes', 'stops', 'none')),
    passed_day TEXT,
    asked_ms BIGINT NOT NULL,
    asked_by TEXT REFERENCES person (id),
    way TEXT NOT NULL CHECK (way IN ('service', 'by_hand')),
    why BYTEA NOT NULL
);

-- Somebody agreed to status checks, and somebody declared to DBS that they may be made.
CREATE TABLE dbs_consent (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    given_day TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES person (id),
    recorded_ms BIGINT NOT NULL,
    declared_by TEXT NOT NULL REFERENCES person (id),
    declared_ms BIGINT NOT NULL,
    checker_forename TEXT NOT NULL,
    checker_surname TEXT NOT NULL,
    ended_ms BIGINT,
    ended_by TEXT REFERENCES person (id),
    done_day TEXT,
    next_ms BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    failed_nights BIGINT NOT NULL DEFAULT 0,
    failed_day TEXT,
    CHECK (recorded_by <> person_id),
    CHECK (declared_by <> person_id)
);
CREATE UNIQUE INDEX dbs_consent_runs ON dbs_consent (person_id) WHERE ended_ms IS NULL;

-- Who was shown the details of whose record, and when.
CREATE TABLE dbs_view (
    id TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES dbs_record (id),
    viewed_by TEXT NOT NULL REFERENCES person (id),
    viewed_ms BIGINT NOT NULL
);
CREATE INDEX dbs_view_record ON dbs_view (record_id);
