SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Which paper was printed at which service centre, by whom and when; rows are added only. Nobody's
-- name stands here: that of the citizen stands in the paper, which an erasure empties.
CREATE TABLE paper_prints (
    print_id uuid PRIMARY KEY,
    paper_id uuid NOT NULL,
    mandate_id uuid NOT NULL,
    uddokta_id uuid NOT NULL,
    service_centre_id text NOT NULL,
    centre_bn text NOT NULL,
    centre_en text NOT NULL,
    printed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX paper_prints_of_paper ON paper_prints (paper_id, print_id);
