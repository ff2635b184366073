-- The steps an order may take, as `orders::machine` has them. The trigger in the engine's own file reads this table.
CREATE TABLE order_step (
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO order_step (from_state, to_state) VALUES
    ('queued', 'sending'), ('queued', 'stopped'),
    ('sending', 'queued'), ('sending', 'uncertain'), ('sending', 'sent'), ('sending', 'stopped'),
    ('sending', 'taking_down'),
    ('uncertain', 'queued'), ('uncertain', 'sent'), ('uncertain', 'published'), ('uncertain', 'taking_down'),
    ('sent', 'published'), ('sent', 'taking_down'),
    ('published', 'taking_down'),
    ('taking_down', 'gone'),
    ('gone', 'taking_down');

-- When people were asked to look at an uncertain order, because reading back does not settle it.
ALTER TABLE release_order ADD COLUMN asked_ms BIGINT;

-- What a person answered who looked at the network themselves.
CREATE TABLE order_answer (
    order_id TEXT NOT NULL REFERENCES release_order (id),
    person_id TEXT NOT NULL REFERENCES person (id),
    answer TEXT NOT NULL CHECK (answer IN ('there', 'not_there', 'take_down')),
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (order_id, at_ms)
);

-- Claiming looks at the oldest open job of a kind: it reads as many rows as there are workers, however many wait.
DROP INDEX job_due;
CREATE INDEX job_open ON job (kind, due_ms, id) WHERE done_ms IS NULL;
CREATE INDEX job_held ON job (kind, lease_ends_ms) WHERE done_ms IS NULL AND lease_ends_ms > 0;
