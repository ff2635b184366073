-- An import asks for each post of an account whether an order of ours made it.
CREATE INDEX release_order_named ON release_order (channel_id, remote);

-- Since when something has to go from an account that is not connected; people have been told.
ALTER TABLE channel ADD COLUMN out_of_reach_ms BIGINT;
