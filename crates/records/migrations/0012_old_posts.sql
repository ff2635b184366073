-- What was public before this program came: listed from its channel, tagged by people, taken down like everything else.

-- One walk through everything an account shows. `place` is where its next page begins, in the channel's own words.
CREATE TABLE old_import (
    id TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    begun_by TEXT NOT NULL REFERENCES person (id),
    begun_ms BIGINT NOT NULL,
    place TEXT,
    seen BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    ended_ms BIGINT,
    -- Why it waits, or why it ended before its end.
    because TEXT
);
CREATE UNIQUE INDEX old_import_running ON old_import (channel_id) WHERE ended_ms IS NULL;

CREATE TABLE old_post (
    id TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channel (id),
    -- The network's own name for it, and where the public sees it.
    remote TEXT NOT NULL,
    url TEXT NOT NULL,
    text TEXT NOT NULL,
    -- When it was published, as it says itself; 0 when it does not say.
    published_ms BIGINT NOT NULL,
    -- The network's name of somebody else's post that it shows again.
    shares TEXT,
    state TEXT NOT NULL CHECK (state IN ('public', 'taking_down', 'gone')),
    -- What a person said of its pictures.
    said TEXT NOT NULL CHECK (said IN ('nothing', 'shown', 'nobody', 'asked')),
    said_by TEXT REFERENCES person (id),
    said_ms BIGINT,
    because TEXT,
    taken_ms BIGINT NOT NULL,
    take_down_ms BIGINT,
    gone_ms BIGINT,
    CHECK ((said = 'nothing') = (said_by IS NULL)),
    UNIQUE (channel_id, remote)
);
CREATE INDEX old_post_by_time ON old_post (published_ms, id);
CREATE INDEX old_post_to_say ON old_post (said, state, published_ms, id);

-- Its files. Of a picture a small copy is kept, sealed like an original, until the post is gone.
CREATE TABLE old_picture (
    id TEXT PRIMARY KEY,
    old_post_id TEXT NOT NULL REFERENCES old_post (id),
    position BIGINT NOT NULL,
    -- The network's name of the file.
    file TEXT NOT NULL,
    alt_text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'video', 'missing', 'refused', 'stopped')),
    because TEXT,
    copy_key TEXT,
    width BIGINT,
    height BIGINT,
    faces BIGINT,
    CHECK (copy_key IS NULL OR state = 'ready'),
    UNIQUE (old_post_id, position)
);

-- Who is shown, as somebody said who knows them.
CREATE TABLE old_depiction (
    old_post_id TEXT NOT NULL REFERENCES old_post (id),
    participant_id TEXT NOT NULL REFERENCES participant (id),
    tagged_by TEXT NOT NULL REFERENCES person (id),
    tagged_ms BIGINT NOT NULL,
    PRIMARY KEY (old_post_id, participant_id)
);
CREATE INDEX old_depiction_of ON old_depiction (participant_id);

-- Old posts that a withdrawal takes down; its receipt waits for them.
CREATE TABLE withdrawal_old_post (
    withdrawal_id TEXT NOT NULL REFERENCES withdrawal (id),
    old_post_id TEXT NOT NULL REFERENCES old_post (id),
    PRIMARY KEY (withdrawal_id, old_post_id)
);
CREATE INDEX withdrawal_old_post_by ON withdrawal_old_post (old_post_id);

-- Somebody asks that a publication stays longer; a second person decides on the facts of that day.
CREATE TABLE renewal (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES release_order (id),
    asked_by TEXT NOT NULL REFERENCES person (id),
    asked_ms BIGINT NOT NULL,
    decided_by TEXT REFERENCES person (id),
    decided_ms BIGINT,
    kept BIGINT CHECK (kept IN (0, 1)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by),
    CHECK ((decided_ms IS NULL) = (kept IS NULL))
);
CREATE UNIQUE INDEX renewal_open ON renewal (order_id) WHERE decided_ms IS NULL;
CREATE INDEX release_order_ends ON release_order (state, ends_day);
