SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Accounts that are to be erased, and those that were: the id alone stays. Until due_at the citizen
-- can cancel; then the account is closed here; when no token of it is valid any more, it is
-- announced.
CREATE TABLE erasures (
    citizen_id uuid PRIMARY KEY,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    closed_at timestamptz,
    announced_at timestamptz,
    completed_at timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- The statements that look for the next step repeat these conditions.
CREATE INDEX erasures_due ON erasures (due_at)
    WHERE closed_at IS NULL;
CREATE INDEX erasures_closed ON erasures (closed_at)
    WHERE announced_at IS NULL;
CREATE INDEX erasures_open ON erasures (announced_at)
    WHERE completed_at IS NULL;

-- What each service deleted and kept, as it said; JSON as text.
CREATE TABLE erasure_confirmations (
    citizen_id uuid NOT NULL,
    service text NOT NULL,
    confirmed_at timestamptz NOT NULL,
    deleted text NOT NULL,
    kept text NOT NULL,
    PRIMARY KEY (citizen_id, service)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
