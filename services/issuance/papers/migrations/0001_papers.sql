SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Papers about decisions. `paper_id` is the event that granted one; the number is made from it,
-- so that it is the same after a restore. `content` is JSON, encrypted: what the paper says, and in
-- which post it was decided; null once its person is erased. Nothing drawn is stored: the template,
-- its version and that of the program that draws say how the paper looks.
CREATE TABLE papers (
    paper_id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    application_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    tracking_number text NOT NULL,
    public_service_id text NOT NULL,
    ministry text NOT NULL,
    template text NOT NULL,
    template_version bigint NOT NULL,
    typst_version text NOT NULL,
    content text,
    state text NOT NULL DEFAULT 'valid' CHECK (state IN ('valid', 'replaced', 'withdrawn')),
    issued_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX papers_of_citizen ON papers (citizen_id, tracking_number);

-- The bodies and years of which there are papers: their public keys are shown.
CREATE TABLE body_years (
    ministry text NOT NULL,
    year bigint NOT NULL,
    PRIMARY KEY (ministry, year)
);
