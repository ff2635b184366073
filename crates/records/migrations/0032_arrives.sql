-- Until when a network may still do what it was asked: of the call that makes a post nobody has read the answer.
ALTER TABLE release_order ADD COLUMN arrives_ms BIGINT;
-- What a network took and then does not show is looked at by people.
INSERT INTO order_step (from_state, to_state) VALUES ('sent', 'uncertain');
-- Since when a post of ours that had drifted is as it was approved again: what happens to it then is told anew.
ALTER TABLE drift ADD COLUMN over_ms BIGINT;
