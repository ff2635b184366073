-- Pictures that a network fetches itself: each at an address that nobody can guess, for one order and a few minutes. Only
-- the hash of what stands in the address is kept.
CREATE TABLE lent_picture (
    secret_hash TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES release_order (id),
    digest TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX lent_picture_by_order ON lent_picture (order_id);
