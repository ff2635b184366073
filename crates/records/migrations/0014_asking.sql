-- Asking families: letters, text messages, answers on paper and at events.

-- When the letter was printed; the secret of its link is nowhere but on it.
ALTER TABLE asking ADD COLUMN printed_ms BIGINT;

-- Text messages waiting to leave. What has left or was given up keeps neither number nor words.
CREATE TABLE text_message (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    to_number TEXT NOT NULL,
    body TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    -- Later than this it is of no use to anybody.
    ends_ms BIGINT NOT NULL,
    sent_ms BIGINT,
    given_up_ms BIGINT,
    given_up_because TEXT
);
CREATE INDEX text_message_of ON text_message (visitor_id);

-- Of each form on paper there is one record that two people have not agreed about yet.
CREATE UNIQUE INDEX paper_form_open ON paper_form (participant_id, visitor_id) WHERE recorded_ms IS NULL;

-- How many people have answered by the code on the wall.
ALTER TABLE spot_link ADD COLUMN answers BIGINT NOT NULL DEFAULT 0;

-- A page that was sent twice is answered once.
CREATE TABLE spot_answer (
    once_hash TEXT PRIMARY KEY,
    made_ms BIGINT NOT NULL
);
