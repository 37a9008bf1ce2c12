SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Wrong logins of staff by where they came from: a name on a network or a device, a name everywhere,
-- an address, a network. A source is a keyed hash: a name that was typed may be a password.
-- `known_until`: the person has logged in from there. A row is rewritten at every login.
CREATE TABLE staff_attempts (
    source bytea PRIMARY KEY,
    level double precision NOT NULL DEFAULT 0,
    counted_at timestamptz NOT NULL DEFAULT 'epoch',
    known_until timestamptz NOT NULL DEFAULT 'epoch',
    delete_after timestamptz NOT NULL DEFAULT now()
) WITH (
    fillfactor = 70,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX staff_attempts_delete_after ON staff_attempts (delete_after);

-- A name is not paused for everybody any more. No version that reads them is deployed anywhere.
-- squawk-ignore ban-drop-column
ALTER TABLE staff DROP COLUMN attempts_left;
-- squawk-ignore ban-drop-column
ALTER TABLE staff DROP COLUMN paused_until;
