SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Tasks that do not wait any more, for the figures of superiors: inserted as a case goes on, and
-- deleted after a while. `by_act` is whether an officer did something; else a clock, a correction, a
-- withdrawal or an order ended it. Nothing says whose case it was.
CREATE TABLE ended_tasks (
    case_id uuid NOT NULL,
    duty text NOT NULL,
    visit bigint NOT NULL,
    office_id text NOT NULL,
    ministry text NOT NULL,
    public_service_id text NOT NULL,
    area text,
    due_on date NOT NULL,
    came_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    by_act boolean NOT NULL,
    PRIMARY KEY (case_id, duty, visit, office_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX ended_tasks_of_ministry ON ended_tasks (ministry, ended_at);
CREATE INDEX ended_tasks_ended ON ended_tasks (ended_at);
