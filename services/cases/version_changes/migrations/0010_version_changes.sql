SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Changes of open cases to a later version of their workflow. `cursor` is the last case that was
-- looked at, so that a change goes on where it stopped. Who starts one has not planned it.
CREATE TABLE version_changes (
    change_id uuid PRIMARY KEY,
    workflow text NOT NULL,
    version bigint NOT NULL,
    from_version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('counting', 'counted', 'moving', 'moved', 'cancelled')),
    cursor uuid,
    planned_at timestamptz NOT NULL,
    planned_by text NOT NULL,
    reason text NOT NULL,
    started_at timestamptz,
    started_by text,
    ended_at timestamptz,
    CHECK (started_by <> planned_by)
);
CREATE UNIQUE INDEX version_changes_under_way ON version_changes (workflow)
    WHERE state IN ('counting', 'counted', 'moving');

-- How many cases would go, and have gone, from which step to which; no step for those that stay.
CREATE TABLE version_change_counts (
    change_id uuid NOT NULL REFERENCES version_changes,
    is_done boolean NOT NULL,
    from_step text NOT NULL,
    to_step text NOT NULL,
    cases bigint NOT NULL,
    PRIMARY KEY (change_id, is_done, from_step, to_step)
);

-- Cases whose citizens were told by a message: of one change a citizen gets one.
CREATE TABLE version_changes_told (
    case_id uuid NOT NULL REFERENCES cases,
    change_id uuid NOT NULL REFERENCES version_changes,
    PRIMARY KEY (case_id, change_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
