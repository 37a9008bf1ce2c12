SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who looked at a case, had it assigned or took it over, when, and from which office; append only.
-- `reason` is why it was taken over from a colleague.
CREATE TABLE case_looks (
    case_id uuid NOT NULL REFERENCES cases,
    look_id uuid NOT NULL,
    at timestamptz NOT NULL,
    officer_id uuid NOT NULL,
    office_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('seen', 'assigned', 'taken_over')),
    reason text,
    PRIMARY KEY (case_id, look_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
