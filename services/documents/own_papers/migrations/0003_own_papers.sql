SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- PDFs that ministries bring as papers about their decisions. `kept_until` is null once one is
-- issued. `citizen_id` is whose application it is about.
CREATE TABLE own_papers (
    document_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    application_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    object_id uuid NOT NULL UNIQUE,
    content_key text NOT NULL,
    size_bytes bigint NOT NULL,
    pages bigint NOT NULL,
    sha256 text NOT NULL,
    damage text CHECK (damage IN ('unreadable', 'missing')),
    uploaded_at timestamptz NOT NULL,
    kept_until timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX own_papers_of_application ON own_papers (application_id, sha256);
CREATE INDEX own_papers_of_citizen ON own_papers (citizen_id);
CREATE INDEX own_papers_of_ministry ON own_papers (ministry, uploaded_at);
CREATE INDEX own_papers_ending ON own_papers (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX own_papers_damaged ON own_papers (document_id) WHERE damage IS NOT NULL;
