SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Open work only: inserted and deleted as a case goes on. A duty of an office has its queue here, the
-- nearest last day first. A case has one task of a duty at most. What a queue shows is in its row, and
-- is written with the case.
CREATE TABLE tasks (
    case_id uuid NOT NULL REFERENCES cases,
    duty text NOT NULL,
    visit bigint NOT NULL,
    step text NOT NULL,
    office_id text NOT NULL,
    ministry text NOT NULL,
    public_service_id text NOT NULL,
    tracking_number text NOT NULL,
    workflow_key text NOT NULL,
    due_on date NOT NULL,
    came_at timestamptz NOT NULL,
    assigned_to uuid,
    assigned_until timestamptz,
    PRIMARY KEY (case_id, duty),
    CHECK ((assigned_to IS NULL) = (assigned_until IS NULL))
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX tasks_of_office ON tasks (office_id, duty, due_on, case_id);
CREATE INDEX tasks_of_officer ON tasks (assigned_to, due_on, case_id) WHERE assigned_to IS NOT NULL;
