-- Pages of families: how somebody came in, what a guardian asked for once and for all, and who wants to be called.

-- `handed`: a guardian who had signed in gave the phone to the child.
ALTER TABLE sign_in ADD COLUMN came TEXT NOT NULL DEFAULT 'link' CHECK (came IN ('link', 'letter', 'handed'));
ALTER TABLE sign_in ADD COLUMN link_id TEXT;

-- When this guardian asked that the child never be shown. Whether the hard flag is set is another matter, and not theirs to see.
ALTER TABLE guardianship ADD COLUMN never_ms BIGINT;

-- Somebody wants to be called, with an interpreter.
CREATE TABLE call_request (
    id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    language TEXT NOT NULL,
    asked_ms BIGINT NOT NULL,
    done_ms BIGINT,
    done_by TEXT REFERENCES person (id)
);
CREATE INDEX call_request_open ON call_request (asked_ms) WHERE done_ms IS NULL;
CREATE INDEX complaint_of ON complaint (visitor_id);
