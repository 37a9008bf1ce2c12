SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Lists of cases that an office ranks against a quota. Who drew and who confirmed one, and which
-- order sets its quota, is the act of two people with its id. One of a group is under way at a time.
CREATE TABLE pool_lists (
    list_id uuid PRIMARY KEY,
    office_id text NOT NULL,
    ministry text NOT NULL,
    duty text NOT NULL,
    workflow_key text NOT NULL,
    step text NOT NULL,
    pool_group text NOT NULL,
    quota bigint NOT NULL CHECK (quota >= 0),
    state text NOT NULL CHECK (state IN ('drawn', 'placing', 'placed', 'cancelled')),
    drawn_at timestamptz NOT NULL,
    ended_at timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX pool_lists_under_way
    ON pool_lists (office_id, ministry, duty, workflow_key, step, pool_group)
    WHERE state IN ('drawn', 'placing');
CREATE INDEX pool_lists_placing ON pool_lists (drawn_at) WHERE state = 'placing';
CREATE INDEX pool_lists_of_office ON pool_lists (office_id, list_id);

-- The cases of a list. `place` is the same where no fact decides, `row_no` the order of the rows only.
-- `ministry` is the one whose case it is.
-- `detail` is JSON, encrypted: the facts by which it was ranked, and why a person decided a tie.
CREATE TABLE pool_list_cases (
    case_id uuid NOT NULL REFERENCES cases,
    row_id uuid NOT NULL,
    list_id uuid NOT NULL REFERENCES pool_lists,
    row_no bigint NOT NULL,
    ministry text NOT NULL,
    tracking_number text NOT NULL,
    visit bigint NOT NULL,
    place bigint NOT NULL,
    result text NOT NULL CHECK (result IN ('selected', 'waiting', 'tied')),
    by_choice boolean NOT NULL DEFAULT false,
    done text CHECK (done IN ('placed', 'left')),
    detail text NOT NULL,
    PRIMARY KEY (case_id, row_id),
    CHECK (done IS DISTINCT FROM 'placed' OR result <> 'tied')
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX pool_list_cases_in_order ON pool_list_cases (list_id, row_no);
