SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Which application needs which paper; `ended_at` is when it was decided or withdrawn.
CREATE TABLE document_uses (
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    application_id uuid NOT NULL,
    tracking_number text NOT NULL,
    ministry text NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (document_id, application_id)
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX document_uses_of_application ON document_uses (application_id);
