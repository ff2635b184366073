-- What became of a mail that never left: given up after days, or refused for good. The Manager is told on Today.

ALTER TABLE mail ADD COLUMN given_up_ms BIGINT;
-- In words for the Manager; no address, no text.
ALTER TABLE mail ADD COLUMN given_up_because TEXT;
CREATE INDEX mail_waiting ON mail (sent_ms, given_up_ms, made_ms);
