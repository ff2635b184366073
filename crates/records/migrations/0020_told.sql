-- What somebody was told by itself, so that nobody is told twice. `about` is an id, `what` the occasion in the program's words.
CREATE TABLE told (
    about TEXT NOT NULL,
    what TEXT NOT NULL,
    told_ms BIGINT NOT NULL,
    PRIMARY KEY (about, what)
);
