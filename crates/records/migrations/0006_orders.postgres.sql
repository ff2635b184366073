CREATE FUNCTION order_step_known() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM order_step WHERE from_state = OLD.state AND to_state = NEW.state) THEN
        RAISE EXCEPTION 'an order does not go that way';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_order_steps BEFORE UPDATE OF state ON release_order
FOR EACH ROW EXECUTE FUNCTION order_step_known();
