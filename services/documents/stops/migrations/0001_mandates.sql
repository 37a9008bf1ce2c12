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

-- Open applications that an uddokta sent, and how: for papers of a correction.
CREATE TABLE followed_up (
    application_id uuid PRIMARY KEY,
    tracking_number text NOT NULL UNIQUE,
    citizen_id uuid NOT NULL,
    mandate_id uuid NOT NULL,
    uddokta_id uuid NOT NULL,
    service_centre_id text NOT NULL,
    public_service_id text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX followed_up_of_citizen ON followed_up (citizen_id);
