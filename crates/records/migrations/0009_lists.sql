-- Lists are shown a page at a time: each order they come in has an index.

CREATE INDEX post_moved ON post (moved_ms, id);
CREATE INDEX post_own ON post (author_id, stage, moved_ms);
CREATE INDEX post_corrects ON post (corrects_id);
