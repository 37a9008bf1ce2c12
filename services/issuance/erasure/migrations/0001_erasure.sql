SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whose papers are not stored any more, however late they are granted.
CREATE TABLE erased_citizens (
    citizen_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
