-- Words of an account's own for a post, where they differ from the caption, and the posts that the text goes out as there
-- where one is too short for it (a JSON list of texts).
CREATE TABLE post_words (
    post_id TEXT NOT NULL REFERENCES post (id),
    channel_id TEXT NOT NULL REFERENCES channel (id),
    text TEXT,
    thread TEXT,
    PRIMARY KEY (post_id, channel_id)
);
-- When a post is to go out, and the time an approval was given for; as soon as it is approved where nothing is there.
ALTER TABLE post ADD COLUMN publish_at_ms BIGINT;
ALTER TABLE approval ADD COLUMN publish_at_ms BIGINT;
CREATE INDEX post_publish_at ON post (publish_at_ms);
