-- Frozen: never edited once released; a change of form is a new file.

-- What happened to comparisons beside what their runs record. Append-only, like facts.
CREATE TABLE comparison_facts (
    comparison TEXT    NOT NULL,
    seq        INTEGER NOT NULL CHECK (seq >= 0),
    at         INTEGER NOT NULL,
    v          INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (comparison, seq)
) STRICT;

CREATE TRIGGER comparison_facts_are_never_changed BEFORE UPDATE ON comparison_facts
BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;

CREATE TRIGGER comparison_facts_are_never_deleted BEFORE DELETE ON comparison_facts
BEGIN SELECT RAISE(ABORT, 'facts are append-only'); END;

-- Lessons that outlive their runs, one row per text. What the person decided about them is only here.
CREATE TABLE bank (
    key      TEXT NOT NULL PRIMARY KEY,
    text     TEXT NOT NULL,
    standing TEXT NOT NULL,
    decided  TEXT NOT NULL,
    -- The lesson it was merged into.
    merged   TEXT
) STRICT;

CREATE INDEX bank_by_standing ON bank (standing);

-- Where each was learned: of stored runs rebuildable from their facts, of imported files not.
CREATE TABLE sightings (
    source   TEXT    NOT NULL,
    unit     INTEGER NOT NULL,
    lesson   TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    category TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (source, unit, lesson)
) STRICT;

CREATE INDEX sightings_by_key ON sightings (key);

-- How many facts of a run have been looked through for lessons.
CREATE TABLE gathered (
    run   TEXT    NOT NULL PRIMARY KEY,
    facts INTEGER NOT NULL
) STRICT;
