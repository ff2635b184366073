-- When the engine had let go of what an erasure deleted; until then it is made to.
ALTER TABLE erasure ADD COLUMN scrubbed_ms BIGINT;
-- When the Manager and the safeguarding lead were told that not everything was seen to be gone in time.
ALTER TABLE withdrawal ADD COLUMN late_ms BIGINT;
