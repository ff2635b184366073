-- Erasing takes the rows away, and which link an answer came by stands in its evidence.
ALTER TABLE participant DROP COLUMN erased_ms;
ALTER TABLE guardian DROP COLUMN erased_ms;
ALTER TABLE consent DROP COLUMN link_id;
