SET lock_timeout = '1s';
SET statement_timeout = '60s';

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

-- Until now they were known by the papers with which they were sent.
INSERT INTO followed_up (application_id, tracking_number, citizen_id, mandate_id, uddokta_id,
                         service_centre_id, public_service_id)
SELECT DISTINCT ON (application_id)
       application_id, tracking_number, citizen_id, mandate_id, uploaded_by, service_centre_id,
       public_service_id
  FROM document_uses
  JOIN documents USING (document_id)
 WHERE ended_at IS NULL AND uploaded_by IS NOT NULL
    ON CONFLICT DO NOTHING;

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX document_uses_open;
