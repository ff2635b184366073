-- What a network charges for calls, by the month in which they were made, and how much an account may spend in a month
-- (millionths of a US dollar).
CREATE TABLE spending (
    channel_id TEXT NOT NULL REFERENCES channel (id),
    month TEXT NOT NULL,
    about TEXT NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('publish', 'take_down', 'read')),
    micro_usd BIGINT NOT NULL,
    PRIMARY KEY (channel_id, month, about, what)
);
ALTER TABLE channel ADD COLUMN cap_micro_usd BIGINT NOT NULL DEFAULT 5000000;
