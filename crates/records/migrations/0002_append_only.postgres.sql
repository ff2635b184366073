-- What was decided and logged is never changed or removed. `ledger_record` alone may go: erasure unlinks its entries.
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER ledger_entry_keeps BEFORE UPDATE OR DELETE ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER decision_keeps BEFORE UPDATE ON decision
FOR EACH ROW EXECUTE FUNCTION append_only();
