-- Other ways of signing in than a passkey: an authenticator app's codes, and an account at the trust's own provider.

CREATE TABLE code_app (
    person_id TEXT PRIMARY KEY REFERENCES person (id),
    -- Sealed for this person; see `sealing.rs`.
    secret BYTEA NOT NULL,
    made_ms BIGINT NOT NULL,
    -- Null until the first right code: before that it signs nobody in.
    confirmed_ms BIGINT,
    -- The newest half minute whose code was used; no code of it or before it works again.
    last_step BIGINT NOT NULL
);

-- Wrong codes in a row for one mail address, whether anybody has it or not: kept by its hash, for a week.
CREATE TABLE code_lock (
    who TEXT PRIMARY KEY,
    wrong BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);

CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES person (id),
    made_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    -- An address that is given to somebody else later does not open the account of who had it first.
    UNIQUE (issuer, person_id)
);
