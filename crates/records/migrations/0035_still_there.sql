-- When what somebody said was taken down was looked for and still there.
ALTER TABLE task ADD COLUMN seen_ms BIGINT;
