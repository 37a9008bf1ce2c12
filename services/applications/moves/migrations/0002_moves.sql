SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Moves of open applications to the office that is responsible now. `cursor` is the last
-- application that was looked at, so that a move goes on where it stopped.
CREATE TABLE moves (
    move_id uuid PRIMARY KEY,
    public_service_id text NOT NULL,
    on_day date NOT NULL,
    state text NOT NULL CHECK (state IN ('counting', 'counted', 'moving', 'moved', 'cancelled')),
    cursor uuid,
    planned_at timestamptz NOT NULL,
    planned_by text NOT NULL,
    reason text NOT NULL,
    started_at timestamptz,
    started_by text,
    ended_at timestamptz
);
CREATE UNIQUE INDEX moves_under_way ON moves (public_service_id)
    WHERE state IN ('counting', 'counted', 'moving');

-- What a move would change, and what it has changed; an office without a name is the ministry
-- itself.
CREATE TABLE move_counts (
    move_id uuid NOT NULL REFERENCES moves,
    is_done boolean NOT NULL,
    from_ministry text NOT NULL,
    from_office text NOT NULL,
    to_ministry text NOT NULL,
    to_office text NOT NULL,
    applications bigint NOT NULL,
    PRIMARY KEY (move_id, is_done, from_ministry, from_office, to_ministry, to_office)
);

-- The history of an application's offices.
CREATE TABLE moved_applications (
    application_id uuid NOT NULL REFERENCES applications,
    move_id uuid NOT NULL REFERENCES moves,
    moved_at timestamptz NOT NULL,
    from_ministry text NOT NULL,
    from_office text NOT NULL,
    to_ministry text NOT NULL,
    to_office text NOT NULL,
    case_file_number text,
    PRIMARY KEY (application_id, move_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX moved_applications_by_move ON moved_applications (move_id);
