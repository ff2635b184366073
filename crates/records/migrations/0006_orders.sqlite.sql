CREATE TRIGGER release_order_steps BEFORE UPDATE OF state ON release_order
WHEN NEW.state <> OLD.state AND NOT EXISTS (
    SELECT 1 FROM order_step WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'an order does not go that way'); END;
