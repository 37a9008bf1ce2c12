SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Mandates, uddoktas and centres as identity and applications last announced them: the code of the
-- refusal, or null for one that may act.
CREATE TABLE stops (
    subject_id text PRIMARY KEY,
    problem text,
    changed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
