-- The day beside a signature is read by two people like everything else on a form, and stands in what they read.
ALTER TABLE paper_form DROP COLUMN signed_day;

-- Adults who answered at an event under the name of somebody who is a child, of unknown age or not to be shown. They come
-- onto its roster once somebody has said of each of these that they are two.
CREATE TABLE spot_waiting (
    activity_id TEXT NOT NULL REFERENCES activity (id),
    participant_id TEXT NOT NULL REFERENCES participant (id),
    like_id TEXT NOT NULL REFERENCES participant (id),
    PRIMARY KEY (activity_id, participant_id, like_id)
);
CREATE INDEX spot_waiting_of ON spot_waiting (participant_id);
