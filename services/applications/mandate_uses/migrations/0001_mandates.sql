SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Mandates that are used or over; whichever comes first has the row. The primary key is the promise
-- that a mandate has one use. `evidence` is what goes to the ministry.
CREATE TABLE mandates (
    mandate_id uuid PRIMARY KEY,
    application_id uuid UNIQUE,
    uddokta_id uuid,
    service_centre_id text,
    evidence text,
    used_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT used_or_ended CHECK (application_id IS NOT NULL OR ended_at IS NOT NULL)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- What an uddokta may follow up, the newest first.
CREATE INDEX mandates_of_uddokta ON mandates (uddokta_id, used_at DESC)
    WHERE application_id IS NOT NULL AND ended_at IS NULL;

-- The newest state of centres and uddoktas, from identity.
CREATE TABLE service_centres (
    service_centre_id text PRIMARY KEY,
    state text NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE TABLE uddoktas (
    uddokta_id uuid PRIMARY KEY,
    state text NOT NULL,
    changed_at timestamptz NOT NULL
);
