SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a citizen has typed so far. `content` is encrypted JSON; `content_index`, a keyed hash of
-- it, tells whether the same is saved again. When the draft has become an application, its content
-- is gone and the tracking number stays, so that a late repeat of the sending finds it.
CREATE TABLE drafts (
    draft_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    public_service_id text NOT NULL,
    form_version bigint NOT NULL,
    revision bigint NOT NULL,
    content text,
    content_index bytea,
    tracking_number text,
    saved_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- My drafts, the newest first.
CREATE INDEX drafts_of_citizen ON drafts (citizen_id, saved_at DESC);
-- Those whose time is over.
CREATE INDEX drafts_by_age ON drafts (saved_at);
