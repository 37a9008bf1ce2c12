SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a citizen saved about himself to be offered in forms: one encrypted JSON object.
CREATE TABLE saved_details (
    citizen_id uuid PRIMARY KEY,
    details text NOT NULL,
    saved_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
