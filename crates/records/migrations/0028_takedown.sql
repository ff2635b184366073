-- Which account a job is about, so that a slow one holds no other up, and its place among the jobs of its kind: smaller
-- runs first.
ALTER TABLE job ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
UPDATE job SET lane = COALESCE(
    (SELECT o.channel_id FROM release_order o WHERE o.id = job.subject),
    (SELECT p.channel_id FROM old_post p WHERE p.id = job.subject), '')
WHERE done_ms IS NULL;
CREATE INDEX job_in_lane ON job (kind, place, due_ms, id) WHERE done_ms IS NULL;

-- The names that a network gave to the posts of an order; more than one for a thread.
CREATE TABLE order_post (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    remote TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES release_order (id),
    PRIMARY KEY (channel_id, remote)
);

-- What only a person can take down: who, by when, and on whose word it is gone where it cannot be read.
CREATE TABLE task (
    id TEXT NOT NULL PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    order_id TEXT REFERENCES release_order (id),
    old_post_id TEXT REFERENCES old_post (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    why TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    late_ms BIGINT,
    said_by TEXT REFERENCES person (id),
    said_ms BIGINT,
    done_ms BIGINT,
    on_word BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX task_due ON task (due_ms) WHERE done_ms IS NULL;
CREATE INDEX task_order ON task (order_id);
CREATE INDEX task_old_post ON task (old_post_id);

-- When a public order was last read back beside its account.
ALTER TABLE release_order ADD COLUMN looked_ms BIGINT;

-- How far an account is watched: where the next look begins, and how it presented itself (JSON that only channels read).
CREATE TABLE channel_watch (
    channel_id TEXT NOT NULL PRIMARY KEY REFERENCES channel (id),
    begun_ms BIGINT NOT NULL,
    looked_ms BIGINT NOT NULL,
    newest TEXT,
    profile TEXT
);

-- What stood on an account before it was watched.
CREATE TABLE channel_known (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    remote TEXT NOT NULL,
    PRIMARY KEY (channel_id, remote)
);

-- What an account shows, or no longer shows, and the ledger does not know.
CREATE TABLE drift (
    id TEXT NOT NULL PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    kind TEXT NOT NULL,
    remote TEXT NOT NULL,
    url TEXT,
    order_id TEXT REFERENCES release_order (id),
    what TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    closed_by TEXT REFERENCES person (id),
    closed_ms BIGINT,
    answer TEXT
);
CREATE INDEX drift_of ON drift (channel_id, remote);
CREATE INDEX drift_open ON drift (seen_ms) WHERE closed_ms IS NULL;
