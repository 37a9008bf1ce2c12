SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Papers about decisions on applications of citizens without a phone of their own, from issuance:
-- when each was issued, printed at the centre, and withdrawn or replaced, in any order of arrival.
-- `waits`: it is to be printed, or it was printed, has ended since, and nobody has told the citizen.
CREATE TABLE counter_papers (
    application_id uuid NOT NULL,
    number text NOT NULL,
    issued_at timestamptz,
    printed_at timestamptz,
    ended_at timestamptz,
    end_told_at timestamptz,
    waits boolean NOT NULL GENERATED ALWAYS AS (
        issued_at IS NOT NULL AND printed_at IS NULL AND ended_at IS NULL
        OR printed_at IS NOT NULL AND ended_at IS NOT NULL AND end_told_at IS NULL
    ) STORED,
    PRIMARY KEY (application_id, number)
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
