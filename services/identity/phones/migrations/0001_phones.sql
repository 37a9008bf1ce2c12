SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Changes of number whose old number has not answered: until due_at its holder can cancel.
CREATE TABLE phone_changes (
    citizen_id uuid PRIMARY KEY,
    phone text NOT NULL,
    session_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX phone_changes_due ON phone_changes (due_at);
