SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The number that consented to an application whose citizen has none: its news go there, until the
-- citizen has a number. Number and initials of the citizen are encrypted.
CREATE TABLE application_contacts (
    application_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    phone text NOT NULL,
    applicant text,
    language text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX application_contacts_of_citizen ON application_contacts (citizen_id);
