SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Files that were opened and became no paper, for a day. `refused` is why; null while they are
-- open, and after a process that was killed with them.
CREATE TABLE openings (
    opening_id uuid PRIMARY KEY,
    opened_for uuid NOT NULL,
    citizen_id uuid NOT NULL,
    source_sha256 text NOT NULL,
    refused text,
    opened_at timestamptz NOT NULL
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX openings_for ON openings (opened_for, opened_at);
CREATE INDEX openings_of_citizen ON openings (citizen_id);
CREATE INDEX openings_ending ON openings (opened_at);
