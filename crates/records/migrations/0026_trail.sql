-- What a channel has left on its network for an order (JSON that only channels read), and whether the network was asked
-- to make a post whose answer nobody has read.
ALTER TABLE release_order ADD COLUMN trail TEXT;
ALTER TABLE release_order ADD COLUMN making BIGINT NOT NULL DEFAULT 0;
-- What an account's own server says of its limits (JSON that only channels read), and when what signs in there runs out.
ALTER TABLE channel_connection ADD COLUMN limits TEXT;
ALTER TABLE channel_connection ADD COLUMN ends_ms BIGINT;
