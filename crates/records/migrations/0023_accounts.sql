-- Clauses 2 and 3: who asked for an account and what the Manager said, what the register knows of it, who acts on it
-- and may do what, who acts beside us, and the reviews of all that.

-- `channel_id` is of the account it is about: at once when it was known, otherwise from the permission on.
CREATE TABLE channel_request (
    id TEXT PRIMARY KEY,
    channel_id TEXT REFERENCES channel (id),
    network TEXT NOT NULL,
    name TEXT NOT NULL,
    why TEXT NOT NULL,
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_ms BIGINT NOT NULL,
    decided_by TEXT REFERENCES person (id),
    decided_ms BIGINT,
    permitted BIGINT CHECK (permitted IN (0, 1)),
    reason TEXT NOT NULL DEFAULT '',
    CHECK ((decided_ms IS NULL) = (permitted IS NULL)),
    CHECK ((decided_ms IS NULL) = (decided_by IS NULL))
);
CREATE INDEX channel_request_of ON channel_request (channel_id);

INSERT INTO channel_request (id, channel_id, network, name, why, asked_by, asked_ms, decided_by, decided_ms, permitted)
SELECT 'accountrequest_' || substr(id, 9), id, network, name, 'Permitted before requests were written down.',
    permitted_by, permitted_ms, permitted_by, permitted_ms, 1
FROM channel WHERE permitted_by IS NOT NULL AND permitted_ms IS NOT NULL;

-- Each row is what somebody wrote down at one instant; the newest counts, and the others stay.
CREATE TABLE channel_entry (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    noted_ms BIGINT NOT NULL,
    noted_by TEXT NOT NULL REFERENCES person (id),
    handle TEXT NOT NULL,
    -- Who owns the address by which a lost password comes back: somebody of ours, somebody in words, or nobody knows.
    recovery_person TEXT REFERENCES person (id),
    recovery_owner TEXT NOT NULL,
    recovery_address TEXT NOT NULL,
    two_step TEXT NOT NULL CHECK (two_step IN ('on', 'off', 'unknown')),
    PRIMARY KEY (channel_id, noted_ms)
);

-- Who can act on the network itself. `person_id` when it is somebody of ours.
CREATE TABLE native_role (
    id TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    person_id TEXT REFERENCES person (id),
    holder TEXT NOT NULL,
    what TEXT NOT NULL,
    noted_by TEXT NOT NULL REFERENCES person (id),
    noted_ms BIGINT NOT NULL,
    removed_by TEXT REFERENCES person (id),
    removed_ms BIGINT,
    CHECK ((removed_ms IS NULL) = (removed_by IS NULL))
);
CREATE INDEX native_role_on ON native_role (channel_id);

-- What was given before was for everything.
ALTER TABLE channel_grant ADD COLUMN may_draft BIGINT NOT NULL DEFAULT 1 CHECK (may_draft IN (0, 1));
ALTER TABLE channel_grant ADD COLUMN may_approve BIGINT NOT NULL DEFAULT 1 CHECK (may_approve IN (0, 1));
ALTER TABLE channel_grant ADD COLUMN may_reply BIGINT NOT NULL DEFAULT 1 CHECK (may_reply IN (0, 1));

-- An access review. From `lapses_day` on, in London, a grant that nobody decided is nothing.
CREATE TABLE access_review (
    id TEXT PRIMARY KEY,
    begun_ms BIGINT NOT NULL,
    -- Nobody when it began by itself.
    begun_by TEXT REFERENCES person (id),
    lapses_day TEXT NOT NULL
);

-- Every grant and native role that ran when the review began.
CREATE TABLE access_review_line (
    id TEXT PRIMARY KEY,
    review_id TEXT NOT NULL REFERENCES access_review (id),
    grant_id TEXT REFERENCES channel_grant (id),
    native_role_id TEXT REFERENCES native_role (id),
    decision TEXT CHECK (decision IN ('keep', 'remove')),
    decided_by TEXT REFERENCES person (id),
    decided_ms BIGINT,
    CHECK ((grant_id IS NULL) <> (native_role_id IS NULL)),
    CHECK ((decision IS NULL) = (decided_ms IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_ms IS NULL))
);
CREATE INDEX access_review_line_in ON access_review_line (review_id);
CREATE INDEX access_review_line_of ON access_review_line (grant_id);

-- What the public told of an account. `words` and `contact` are sealed; the contact goes after six months.
CREATE TABLE account_report (
    id TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    words BYTEA NOT NULL,
    contact BYTEA,
    contact_gone_ms BIGINT,
    made_ms BIGINT NOT NULL,
    told_by TEXT REFERENCES person (id),
    told_ms BIGINT,
    closed_by TEXT REFERENCES person (id),
    closed_ms BIGINT,
    found BYTEA,
    answered_ms BIGINT,
    CHECK ((closed_ms IS NULL) = (found IS NULL))
);
CREATE INDEX account_report_made ON account_report (made_ms);
