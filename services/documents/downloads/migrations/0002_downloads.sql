SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who looked at the content of a paper, besides its citizen: how often and when, per application.
CREATE TABLE document_views (
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    ministry text NOT NULL,
    way text NOT NULL CHECK (way IN ('link', 'key')),
    times bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, ministry, way)
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
