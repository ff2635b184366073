-- One text for SQLite and PostgreSQL: TEXT, BIGINT, DOUBLE PRECISION and BYTEA only.
-- Instants are BIGINT milliseconds UTC (`…_ms`), days TEXT `YYYY-MM-DD` in London (`…_day`), yes/no BIGINT 0 or 1.

-- People and their standing (clauses 1 and 12) -----------------------------------------------------------------

CREATE TABLE person (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    mail TEXT NOT NULL UNIQUE,
    joined_ms BIGINT NOT NULL,
    suspended_ms BIGINT,
    left_ms BIGINT,
    acknowledged_policy TEXT,
    acknowledged_ms BIGINT
);

CREATE TABLE person_role (
    person_id TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('manager', 'dsl', 'staff', 'it', 'trustee')),
    PRIMARY KEY (person_id, role)
);

-- What "relevant DBS check" means for a role: the trust's own signed interpretation.
CREATE TABLE role_requirement (
    role TEXT PRIMARY KEY CHECK (role IN ('manager', 'dsl', 'staff', 'it', 'trustee')),
    dbs_level TEXT NOT NULL CHECK (dbs_level IN ('none', 'basic', 'standard', 'enhanced', 'enhanced_barred')),
    workforce TEXT NOT NULL CHECK (workforce IN ('child', 'adult', 'other')),
    recheck_months BIGINT NOT NULL,
    reason TEXT NOT NULL
);

-- No number and no scan in this issue's flow: only what the gate needs.
CREATE TABLE dbs_check (
    person_id TEXT PRIMARY KEY REFERENCES person (id),
    level TEXT NOT NULL CHECK (level IN ('basic', 'standard', 'enhanced', 'enhanced_barred')),
    workforce TEXT NOT NULL CHECK (workforce IN ('child', 'adult', 'other')),
    issued_day TEXT NOT NULL,
    seen_by TEXT REFERENCES person (id),
    seen_ms BIGINT,
    suitable BIGINT NOT NULL CHECK (suitable IN (0, 1))
);

CREATE TABLE certificate (
    person_id TEXT PRIMARY KEY REFERENCES person (id),
    course TEXT NOT NULL,
    completed_day TEXT NOT NULL,
    verified_by TEXT REFERENCES person (id),
    verified_ms BIGINT,
    CHECK (verified_by IS NULL OR verified_by <> person_id)
);

-- Accounts and permission (clauses 2 and 3) ---------------------------------------------------------------------

CREATE TABLE channel (
    id TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    name TEXT NOT NULL,
    permitted_by TEXT REFERENCES person (id),
    permitted_ms BIGINT,
    ended_ms BIGINT
);

CREATE TABLE channel_grant (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    given_by TEXT NOT NULL REFERENCES person (id),
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    ended_ms BIGINT
);
CREATE INDEX channel_grant_of ON channel_grant (person_id, channel_id);

-- Sign-ins (clause 4). Only hashes of tokens are kept ----------------------------------------------------------

CREATE TABLE sign_in_link (
    token_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    used_ms BIGINT,
    reusable BIGINT NOT NULL CHECK (reusable IN (0, 1))
);

-- Exactly one of person and guardian.
CREATE TABLE sign_in (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    csrf TEXT NOT NULL,
    person_id TEXT REFERENCES person (id),
    guardian_id TEXT,
    device TEXT NOT NULL,
    shared_device BIGINT NOT NULL CHECK (shared_device IN (0, 1)),
    made_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    CHECK ((person_id IS NULL) <> (guardian_id IS NULL))
);

-- Participants, guardians, consents (clauses 8 and 9) -----------------------------------------------------------

CREATE TABLE participant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    born_day TEXT,
    no_image BIGINT NOT NULL CHECK (no_image IN (0, 1)),
    left_day TEXT
);

CREATE TABLE guardian (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    mail TEXT NOT NULL
);

CREATE TABLE guardianship (
    participant_id TEXT NOT NULL REFERENCES participant (id),
    guardian_id TEXT NOT NULL REFERENCES guardian (id),
    PRIMARY KEY (participant_id, guardian_id)
);

CREATE TABLE wording (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    made_ms BIGINT NOT NULL
);

-- One answer. `guardian_id` is null when the participant answered for themselves. The newest answer of the same
-- giver for the same purpose and network counts; a withdrawal is a newer `no`.
CREATE TABLE consent (
    id TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participant (id),
    guardian_id TEXT REFERENCES guardian (id),
    purpose TEXT NOT NULL,
    network TEXT NOT NULL,
    answer TEXT NOT NULL CHECK (answer IN ('yes', 'no')),
    naming BIGINT NOT NULL CHECK (naming IN (0, 1)),
    wording_hash TEXT NOT NULL REFERENCES wording (hash),
    evidence TEXT NOT NULL,
    given_ms BIGINT NOT NULL,
    until_day TEXT NOT NULL
);
CREATE INDEX consent_of ON consent (participant_id, purpose, network, given_ms);

CREATE TABLE activity (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    day TEXT NOT NULL
);

CREATE TABLE roster (
    activity_id TEXT NOT NULL REFERENCES activity (id),
    participant_id TEXT NOT NULL REFERENCES participant (id),
    PRIMARY KEY (activity_id, participant_id)
);

-- A link to a guardian shows nothing; a code sent to the registered mail opens it ------------------------------

CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    guardian_id TEXT NOT NULL REFERENCES guardian (id),
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL
);

CREATE TABLE guardian_code (
    invitation_id TEXT NOT NULL REFERENCES invitation (id),
    code_hash TEXT NOT NULL,
    browser_hash TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    used_ms BIGINT,
    PRIMARY KEY (invitation_id, made_ms)
);

CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    to_address TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    sent_ms BIGINT
);

-- Posts ---------------------------------------------------------------------------------------------------------

CREATE TABLE post (
    id TEXT PRIMARY KEY,
    author_id TEXT NOT NULL REFERENCES person (id),
    activity_id TEXT NOT NULL REFERENCES activity (id),
    purpose TEXT NOT NULL,
    caption TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'submitted', 'approved', 'stopped', 'dropped')),
    -- Counts every change of what would be published; an approval names the revision it saw.
    revision BIGINT NOT NULL,
    corrects_id TEXT REFERENCES post (id),
    returned_note TEXT,
    made_ms BIGINT NOT NULL,
    moved_ms BIGINT NOT NULL,
    UNIQUE (id, author_id)
);
CREATE INDEX post_by_stage ON post (stage, moved_ms);

CREATE TABLE post_channel (
    post_id TEXT NOT NULL REFERENCES post (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    PRIMARY KEY (post_id, channel_id)
);

CREATE TABLE photo (
    id TEXT PRIMARY KEY,
    post_id TEXT NOT NULL REFERENCES post (id),
    position BIGINT NOT NULL,
    alt_text TEXT NOT NULL,
    given_name TEXT NOT NULL,
    original_key TEXT NOT NULL,
    original_gone_ms BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'looking', 'looked', 'refused')),
    refused_because TEXT,
    width BIGINT,
    height BIGINT,
    nudity DOUBLE PRECISION,
    added_ms BIGINT NOT NULL,
    -- Taken out of the post; the row stays until its original is gone.
    removed_ms BIGINT,
    UNIQUE (post_id, position)
);
CREATE INDEX photo_original ON photo (original_key);

-- A face the detector found or a person drew, and who it is. `who` starts as `cover`.
CREATE TABLE depiction (
    id TEXT PRIMARY KEY,
    photo_id TEXT NOT NULL REFERENCES photo (id),
    x DOUBLE PRECISION NOT NULL,
    y DOUBLE PRECISION NOT NULL,
    w DOUBLE PRECISION NOT NULL,
    h DOUBLE PRECISION NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    drawn_by TEXT REFERENCES person (id),
    who TEXT NOT NULL CHECK (who IN ('cover', 'roster', 'adult')),
    participant_id TEXT REFERENCES participant (id),
    -- For an adult who agreed on the spot: their name as they gave it, and that the author asked them.
    adult_name TEXT,
    asked_by TEXT REFERENCES person (id),
    asked_ms BIGINT,
    CHECK ((who = 'roster') = (participant_id IS NOT NULL)),
    CHECK ((who = 'adult') = (adult_name IS NOT NULL AND asked_by IS NOT NULL AND asked_ms IS NOT NULL))
);
CREATE INDEX depiction_in ON depiction (photo_id);
CREATE INDEX depiction_of ON depiction (participant_id);

-- The publishable copy of a photo for one channel, made from exactly the marks in `marks_hash`.
CREATE TABLE rendition (
    photo_id TEXT NOT NULL REFERENCES photo (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    marks_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (photo_id, channel_id)
);

-- What the word checks saw on exactly the words in `words_hash`.
CREATE TABLE words_screened (
    post_id TEXT PRIMARY KEY REFERENCES post (id),
    words_hash TEXT NOT NULL,
    findings TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    post_id TEXT NOT NULL REFERENCES post (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    act TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('allow', 'hold', 'deny')),
    reasons TEXT NOT NULL,
    facts TEXT NOT NULL,
    facts_hash TEXT NOT NULL,
    policy_hash TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE INDEX decision_of ON decision (post_id, at_ms);

CREATE TABLE approval (
    post_id TEXT NOT NULL REFERENCES post (id),
    revision BIGINT NOT NULL,
    approver_id TEXT NOT NULL REFERENCES person (id),
    author_id TEXT NOT NULL REFERENCES person (id),
    content_hash TEXT NOT NULL,
    -- What the approver was to the trust then, as JSON: a hold is lifted by the role it names.
    roles TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    void_ms BIGINT,
    PRIMARY KEY (post_id, revision),
    -- Two people: whoever wrote the post is the author here, and is not the approver.
    FOREIGN KEY (post_id, author_id) REFERENCES post (id, author_id),
    CHECK (approver_id <> author_id)
);

-- The frozen payload, and where it is on its way out and back. At most one living order per post and channel.
CREATE TABLE release_order (
    id TEXT PRIMARY KEY,
    post_id TEXT NOT NULL REFERENCES post (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    revision BIGINT NOT NULL,
    record_key TEXT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'uncertain', 'sent', 'published', 'stopped',
        'taking_down', 'gone')),
    because TEXT,
    token BIGINT NOT NULL,
    remote TEXT,
    url TEXT,
    queued_ms BIGINT NOT NULL,
    call_started_ms BIGINT,
    sent_ms BIGINT,
    published_ms BIGINT,
    take_down_ms BIGINT,
    gone_ms BIGINT,
    UNIQUE (post_id, channel_id, revision),
    -- Nothing goes out that nobody approved.
    FOREIGN KEY (post_id, revision) REFERENCES approval (post_id, revision)
);
CREATE INDEX release_order_by_state ON release_order (state, queued_ms);
CREATE UNIQUE INDEX release_order_living ON release_order (post_id, channel_id)
    WHERE state NOT IN ('stopped', 'gone');

-- Who is shown in what an order publishes, as it was approved: the inventory by person.
CREATE TABLE order_person (
    order_id TEXT NOT NULL REFERENCES release_order (id),
    participant_id TEXT NOT NULL REFERENCES participant (id),
    PRIMARY KEY (order_id, participant_id)
);
CREATE INDEX order_person_by ON order_person (participant_id);

-- Work that outlives a request: leased, and fenced by a token that only grows -----------------------------------

CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Smaller runs first: a take-down never waits behind a publication.
    urgency BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    lease_ends_ms BIGINT NOT NULL,
    token BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    done_ms BIGINT,
    made_ms BIGINT NOT NULL
);
CREATE INDEX job_due ON job (done_ms, urgency, due_ms);
CREATE INDEX job_about ON job (subject, kind);

-- Withdrawals ---------------------------------------------------------------------------------------------------

CREATE TABLE withdrawal (
    id TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participant (id),
    guardian_id TEXT REFERENCES guardian (id),
    at_ms BIGINT NOT NULL,
    receipt_ms BIGINT
);

CREATE TABLE withdrawal_order (
    withdrawal_id TEXT NOT NULL REFERENCES withdrawal (id),
    order_id TEXT NOT NULL REFERENCES release_order (id),
    -- What the order was doing when the withdrawal arrived: waiting posts are stopped, live ones taken down.
    was TEXT NOT NULL CHECK (was IN ('waiting', 'live')),
    PRIMARY KEY (withdrawal_id, order_id)
);

-- The ledger's truth. The index is given under the writer's lock; tiles are derived from this table -------------

CREATE TABLE ledger_entry (
    idx BIGINT PRIMARY KEY,
    bytes BYTEA NOT NULL
);

-- The random reference and the key of the commitments of one record. Dropping a row makes its entries unlinkable.
CREATE TABLE ledger_record (
    subject TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    commitment_key BYTEA NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
