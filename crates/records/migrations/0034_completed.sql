-- A post may be public on some accounts and have been stopped on others: a new one then goes out on those, and is found from
-- the old one, so that nobody starts a second.
ALTER TABLE post ADD COLUMN completes_id TEXT REFERENCES post (id);
CREATE INDEX post_completes ON post (completes_id);
