-- Frozen: never edited once released; a change of form is a new file.

-- The truth. Append-only: the triggers below refuse everything but INSERT.
CREATE TABLE facts (
    run  TEXT    NOT NULL,
    seq  INTEGER NOT NULL CHECK (seq >= 0),
    at   INTEGER NOT NULL,
    v    INTEGER NOT NULL,
    unit INTEGER,
    kind TEXT    NOT NULL,
    body TEXT    NOT NULL,
    PRIMARY KEY (run, seq)
) STRICT;

CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;

CREATE TRIGGER facts_are_never_deleted BEFORE DELETE ON facts
BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;

-- Projections: what a list of runs needs, rebuildable from the facts at any time.
CREATE TABLE runs (
    run        TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ending     TEXT,
    strategy   TEXT    NOT NULL,
    team       TEXT    NOT NULL
) STRICT;

CREATE INDEX runs_by_start ON runs (started_at);

CREATE TABLE units (
    run           TEXT    NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    unit          INTEGER NOT NULL,
    problem       TEXT    NOT NULL,
    category      TEXT    NOT NULL,
    mode          TEXT    NOT NULL,
    ended         INTEGER NOT NULL,
    estimate      REAL,
    lo            REAL,
    hi            REAL,
    best_by_round TEXT    NOT NULL,
    PRIMARY KEY (run, unit)
) STRICT;

-- Which form of the projections was last written; another one in the program means they are rebuilt.
CREATE TABLE projection (
    version INTEGER NOT NULL
) STRICT;
