SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The papers that officers handed in, by the visit of the step at which they did; documents has the
-- files. `paper` is its name in the workflow, and `revision` that of the case after the act that it
-- went with; null until then. One that was taken back before is none of the case any more.
CREATE TABLE handed_in (
    case_id uuid NOT NULL REFERENCES cases,
    visit bigint NOT NULL,
    document_id uuid NOT NULL,
    paper text NOT NULL,
    step text NOT NULL,
    officer_id uuid NOT NULL,
    office_id text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    pages bigint NOT NULL,
    is_scanned boolean NOT NULL,
    handed_in_at timestamptz NOT NULL,
    revision bigint,
    taken_back_at timestamptz,
    PRIMARY KEY (case_id, visit, document_id),
    CHECK (revision IS NULL OR taken_back_at IS NULL)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
