SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether the citizen has no phone of her own: the uddokta who sent the application tells her what
-- the ministry said.
ALTER TABLE mandates ADD COLUMN is_told_in_person boolean NOT NULL DEFAULT false;

-- News of applications that an uddokta says to have told the citizen: which, who and when.
CREATE TABLE told_news (
    application_id uuid NOT NULL,
    event_id uuid NOT NULL,
    told_by uuid NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, event_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
