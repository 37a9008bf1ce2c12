SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The PDFs that ministries' own adapters named in their decisions, in their order, by the event that
-- announced each.
CREATE TABLE granted_papers (
    application_id uuid NOT NULL REFERENCES applications,
    paper_no bigint NOT NULL,
    paper_id uuid NOT NULL,
    PRIMARY KEY (application_id, paper_no)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
