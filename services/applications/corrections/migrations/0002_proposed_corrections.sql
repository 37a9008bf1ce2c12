SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A correction that an uddokta has typed, while the citizen is asked whether she agrees to it.
-- `form` is encrypted JSON, `documents` the papers that it names. `correction_id` follows from the
-- answers, so that a consent is for these and no others.
CREATE TABLE proposed_corrections (
    application_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    correction_id uuid NOT NULL,
    form text NOT NULL,
    documents text,
    changes text [] NOT NULL,
    proposed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX proposed_corrections_of_citizen ON proposed_corrections (citizen_id);
-- Those whose time is over.
CREATE INDEX proposed_corrections_by_age ON proposed_corrections (proposed_at);
