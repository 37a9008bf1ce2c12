SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Open cases that nobody can go on with, as the last whole search found them, and since when.
CREATE TABLE stalled (
    case_id uuid PRIMARY KEY,
    found_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
