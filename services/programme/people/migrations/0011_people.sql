SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Uddoktas and officers as identity announced them last, without names.
CREATE TABLE people (
    holder_id uuid PRIMARY KEY,
    audience text NOT NULL,
    service_centre_id text,
    ministry text,
    active boolean NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX people_of_centre ON people (service_centre_id);
