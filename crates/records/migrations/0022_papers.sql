-- Certificates with their history, the courses that count, what happened to a person, and the name people are found by.

-- Courses that count for "up-to-date Safeguarding Children certificate" (clause 1): the trust's own list.
CREATE TABLE course (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    accepted_by TEXT REFERENCES person (id),
    accepted_ms BIGINT
);

-- For how many months a certificate is good that was completed on `from_day` or later, until the next row begins.
CREATE TABLE course_validity (
    course_id TEXT NOT NULL REFERENCES course (id),
    from_day TEXT NOT NULL,
    months BIGINT NOT NULL CHECK (months BETWEEN 1 AND 120),
    reason TEXT NOT NULL,
    said_by TEXT REFERENCES person (id),
    said_ms BIGINT,
    PRIMARY KEY (course_id, from_day)
);

INSERT INTO course (id, name, reason) VALUES
    ('course_fasafeguardingchildren', 'FA Safeguarding Children', 'the governing body asks for it of everybody who works with children');
INSERT INTO course_validity (course_id, from_day, months, reason) VALUES
    ('course_fasafeguardingchildren', '1900-01-01', 36, 'England Football Learning: three years when completed up to 30 June 2022'),
    ('course_fasafeguardingchildren', '2022-07-01', 24, 'England Football Learning: two years when completed since 1 July 2022');

-- One row a certificate: no scan, only what it says. `refused_ms` ends one, waiting or verified, for good.
CREATE TABLE course_certificate (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    course_id TEXT NOT NULL REFERENCES course (id),
    completed_day TEXT NOT NULL,
    reference TEXT NOT NULL,
    added_ms BIGINT NOT NULL,
    verified_by TEXT REFERENCES person (id),
    verified_ms BIGINT,
    refused_by TEXT REFERENCES person (id),
    refused_ms BIGINT,
    refused_because TEXT,
    CHECK (verified_by IS NULL OR verified_by <> person_id),
    CHECK (refused_by IS NULL OR refused_by <> person_id)
);
CREATE INDEX course_certificate_of ON course_certificate (person_id, completed_day);
CREATE INDEX course_certificate_waiting ON course_certificate (added_ms) WHERE verified_ms IS NULL AND refused_ms IS NULL;

INSERT INTO course_certificate (id, person_id, course_id, completed_day, reference, added_ms, verified_by, verified_ms)
    SELECT replace(c.person_id, 'person_', 'certificate_'), c.person_id, 'course_fasafeguardingchildren', c.completed_day, '',
        COALESCE(c.verified_ms, p.joined_ms), c.verified_by, c.verified_ms
    FROM certificate c JOIN person p ON p.id = c.person_id;
DROP TABLE certificate;

-- What happened to a person, for the page about them. `say` is a reason or a name; it is shown to the Manager alone.
CREATE TABLE person_event (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    at_ms BIGINT NOT NULL,
    what TEXT NOT NULL,
    say TEXT NOT NULL,
    by_id TEXT REFERENCES person (id)
);
CREATE INDEX person_event_of ON person_event (person_id, at_ms);

INSERT INTO person_event (id, person_id, at_ms, what, say)
    SELECT replace(id, 'person_', 'event_') || 'j', id, joined_ms, 'added', '' FROM person
    UNION ALL SELECT replace(id, 'person_', 'event_') || 's', id, suspended_ms, 'suspended', '' FROM person WHERE suspended_ms IS NOT NULL
    UNION ALL SELECT replace(id, 'person_', 'event_') || 'l', id, left_ms, 'left', '' FROM person WHERE left_ms IS NOT NULL;

-- Name and address in lower case without accents. The engines fold letters differently, so the program fills it.
ALTER TABLE person ADD COLUMN folded TEXT NOT NULL DEFAULT '';
CREATE INDEX person_folded ON person (folded, id);
