-- Who may be shown (clauses 8 and 9): what people are asked, who answers, and how they come in.

-- Somebody who said that they are 18 or over, and gave no birthday.
ALTER TABLE participant ADD COLUMN adult BIGINT NOT NULL DEFAULT 0 CHECK (adult IN (0, 1));
-- Why "no image": sealed, for the safeguarding lead alone.
ALTER TABLE participant ADD COLUMN no_image_reason BYTEA;
ALTER TABLE participant ADD COLUMN merged_into TEXT REFERENCES participant (id);
ALTER TABLE participant ADD COLUMN erased_ms BIGINT;
-- The trust's own number; empty when there is none.
ALTER TABLE participant ADD COLUMN reference TEXT NOT NULL DEFAULT '';
-- Their own address, if they have one; empty when there is none.
ALTER TABLE participant ADD COLUMN mail TEXT NOT NULL DEFAULT '';
CREATE INDEX participant_by_name ON participant (name);

-- `mail` is empty for somebody who gets letters.
ALTER TABLE guardian ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE guardian ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE guardian ADD COLUMN erased_ms BIGINT;
CREATE INDEX guardian_by_mail ON guardian (mail);

ALTER TABLE guardianship ADD COLUMN relation TEXT NOT NULL DEFAULT 'parent'
    CHECK (relation IN ('parent', 'council', 'foster_carer', 'other'));
ALTER TABLE guardianship ADD COLUMN ended_ms BIGINT;

-- An edition: the same questions in words for each reader and in several languages. The first text of an edition is
-- English; another language is asked in once a named reviewer has approved it.
CREATE TABLE edition (
    id TEXT PRIMARY KEY,
    made_ms BIGINT NOT NULL,
    made_by TEXT REFERENCES person (id),
    -- The networks its words speak of, with a space between.
    networks TEXT NOT NULL
);

CREATE TABLE edition_wording (
    edition_id TEXT NOT NULL REFERENCES edition (id),
    reader TEXT NOT NULL CHECK (reader IN ('guardian', 'child', 'adult')),
    language TEXT NOT NULL,
    hash TEXT NOT NULL REFERENCES wording (hash),
    reviewer TEXT,
    reviewed_ms BIGINT,
    recorded_by TEXT REFERENCES person (id),
    PRIMARY KEY (edition_id, reader, language),
    CHECK ((reviewer IS NULL) = (reviewed_ms IS NULL))
);

INSERT INTO edition (id, made_ms, made_by, networks)
    SELECT 'edition_first', w.made_ms, NULL, 'website x facebook instagram mastodon bluesky'
    FROM wording w JOIN setting s ON s.value = w.hash WHERE s.name = 'wording_in_force';
INSERT INTO edition_wording (edition_id, reader, language, hash)
    SELECT 'edition_first', r.reader, 'en', s.value
    FROM setting s CROSS JOIN (SELECT 'guardian' AS reader UNION ALL SELECT 'child' UNION ALL SELECT 'adult') r
    WHERE s.name = 'wording_in_force';
UPDATE setting SET name = 'edition_in_force', value = 'edition_first' WHERE name = 'wording_in_force';

-- People are asked about kinds of channels, not about each network.
ALTER TABLE consent RENAME COLUMN network TO kind;
ALTER TABLE consent ADD COLUMN named TEXT NOT NULL DEFAULT 'none' CHECK (named IN ('none', 'first', 'full'));
UPDATE consent SET named = 'first' WHERE naming = 1 AND answer = 'yes';
ALTER TABLE consent DROP COLUMN naming;
ALTER TABLE consent ADD COLUMN way TEXT NOT NULL DEFAULT 'person'
    CHECK (way IN ('link', 'letter', 'paper', 'person', 'spot'));
ALTER TABLE consent ADD COLUMN link_id TEXT;
ALTER TABLE consent ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
-- Somebody who had said no to one network and yes to another has to be asked anew: their yes has ended.
UPDATE consent SET until_day = '1970-01-01'
WHERE answer = 'yes' AND purpose = 'social_media' AND kind <> 'website' AND EXISTS (
    SELECT 1 FROM consent n WHERE n.answer = 'no' AND n.purpose = 'social_media' AND n.kind <> 'website'
        AND n.participant_id = consent.participant_id
        AND COALESCE(n.guardian_id, '') = COALESCE(consent.guardian_id, ''));
UPDATE consent SET kind = 'press', purpose = 'press' WHERE purpose = 'local_press';
UPDATE consent SET kind = 'social' WHERE purpose = 'social_media' AND kind <> 'website';
UPDATE consent SET purpose = 'news' WHERE purpose = 'social_media';
UPDATE post SET purpose = 'news' WHERE purpose = 'social_media';

-- How children may be shown, for each purpose; without a row, level 1.
CREATE TABLE dial (
    purpose TEXT PRIMARY KEY,
    level TEXT NOT NULL CHECK (level IN ('covered', 'no_close_up', 'consent')),
    set_by TEXT REFERENCES person (id),
    set_ms BIGINT NOT NULL
);

-- A guardian's or a participant's id: whoever comes in without an account.
ALTER TABLE sign_in RENAME COLUMN guardian_id TO visitor_id;

CREATE TABLE visitor_link (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    visitor_id TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    -- A code that is printed beside the link in a letter, instead of one that is sent.
    printed_hash TEXT,
    printed_tries BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX visitor_link_of ON visitor_link (visitor_id);
INSERT INTO visitor_link (id, token_hash, visitor_id, made_ms, ends_ms)
    SELECT id, token_hash, guardian_id, made_ms, ends_ms FROM invitation;
DROP TABLE guardian_code;
DROP TABLE invitation;
CREATE TABLE visitor_code (
    link_id TEXT NOT NULL REFERENCES visitor_link (id),
    code_hash TEXT NOT NULL,
    browser_hash TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    used_ms BIGINT,
    PRIMARY KEY (link_id, made_ms)
);

-- Who was asked about whom, and what came of it.
CREATE TABLE asking (
    id TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participant (id),
    visitor_id TEXT NOT NULL,
    edition_id TEXT NOT NULL REFERENCES edition (id),
    way TEXT NOT NULL CHECK (way IN ('mail', 'sms', 'letter')),
    asked_by TEXT REFERENCES person (id),
    asked_ms BIGINT NOT NULL,
    reminders BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    answered_ms BIGINT,
    UNIQUE (participant_id, visitor_id, edition_id)
);
CREATE INDEX asking_open ON asking (last_ms) WHERE answered_ms IS NULL;

-- An answer on paper counts once two people have read the same from it.
CREATE TABLE paper_form (
    id TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participant (id),
    visitor_id TEXT NOT NULL,
    edition_id TEXT NOT NULL REFERENCES edition (id),
    signed_day TEXT NOT NULL,
    answers TEXT NOT NULL,
    entered_by TEXT NOT NULL REFERENCES person (id),
    entered_ms BIGINT NOT NULL,
    second_answers TEXT,
    second_by TEXT REFERENCES person (id),
    second_ms BIGINT,
    recorded_ms BIGINT,
    CHECK (second_by IS NULL OR second_by <> entered_by)
);

-- What a withdrawal was about: `all`, `some` answers, or one `picture`.
ALTER TABLE withdrawal ADD COLUMN scope TEXT NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'some', 'picture'));

-- The last day of a publication.
ALTER TABLE release_order ADD COLUMN ends_day TEXT;

-- A complaint of a family: acknowledged within 30 days (Data (Use and Access) Act 2025). Its words are sealed.
CREATE TABLE complaint (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    words BYTEA NOT NULL,
    made_ms BIGINT NOT NULL,
    due_day TEXT NOT NULL,
    acknowledged_ms BIGINT,
    acknowledged_by TEXT REFERENCES person (id),
    answer BYTEA,
    closed_ms BIGINT
);

-- The code on the wall of an event: adults answer for themselves, on the spot.
CREATE TABLE spot_link (
    token_hash TEXT PRIMARY KEY,
    activity_id TEXT NOT NULL REFERENCES activity (id),
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);
