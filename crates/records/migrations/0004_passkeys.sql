-- Passkeys, proofs, browsers that are known, printed codes (clause 4) -------------------------------------------

-- How the sign-in began, and when its person last proved who they are (never by the sign-in itself).
ALTER TABLE sign_in ADD COLUMN method TEXT NOT NULL DEFAULT 'link'
    CHECK (method IN ('link', 'demo', 'passkey', 'code', 'identity', 'recovery'));
ALTER TABLE sign_in ADD COLUMN proved_ms BIGINT;
CREATE INDEX sign_in_of ON sign_in (person_id, ended_ms);

-- What an authenticator is told instead of the person's id: made of chance, and the same for all their passkeys.
CREATE TABLE user_handle (
    person_id TEXT PRIMARY KEY REFERENCES person (id),
    handle TEXT NOT NULL UNIQUE
);

-- `credential` is public: the key that verifies, its counter and flags.
CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    credential_id TEXT NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    used_ms BIGINT
);
CREATE INDEX passkey_of ON passkey (person_id);

-- Browsers in which a person has signed in before, by the hash of a random cookie.
CREATE TABLE known_browser (
    person_id TEXT NOT NULL REFERENCES person (id),
    browser_hash TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    PRIMARY KEY (person_id, browser_hash)
);

-- Codes that a Manager prints for somebody who has lost every way in. Only hashes are kept.
CREATE TABLE recovery_code (
    code_hash TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES person (id),
    made_by TEXT NOT NULL REFERENCES person (id),
    made_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    used_ms BIGINT
);
CREATE INDEX recovery_code_of ON recovery_code (person_id);
