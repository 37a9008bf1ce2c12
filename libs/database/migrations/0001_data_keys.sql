SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The keys that encrypt personal data (docs/decisions/0022), each encrypted with a master key that is
-- not in the database. `made_by` is a person if a key was made by command.
CREATE TABLE data_keys (
    data_key_id   bigint PRIMARY KEY,
    purpose       text NOT NULL CHECK (purpose IN ('rows', 'index')),
    master_key_id text NOT NULL,
    wrapped_key   bytea NOT NULL,
    starts_at     timestamptz NOT NULL,
    made_by       text NOT NULL
);

-- The keys of what is worthless after an hour. They are deleted after two, and are in no backup and
-- in no log of changes: so the table is not logged. After a crash of PostgreSQL it is empty, and the
-- services write their keys again.
-- squawk-ignore prefer-robust-stmts
CREATE UNLOGGED TABLE hour_keys (
    data_key_id   bigint PRIMARY KEY,
    master_key_id text NOT NULL,
    wrapped_key   bytea NOT NULL,
    starts_at     timestamptz NOT NULL
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
