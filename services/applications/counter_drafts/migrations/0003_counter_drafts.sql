SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What an uddokta types with a citizen at a counter, under the id of the mandate: so that its pages
-- have addresses, and Back shows what was typed. `content` is encrypted JSON. It names no citizen,
-- and is deleted two hours after it was saved last, or when it was sent.
CREATE TABLE counter_drafts (
    draft_id uuid PRIMARY KEY,
    uddokta_id uuid NOT NULL,
    content text NOT NULL,
    saved_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- Those whose time is over.
CREATE INDEX counter_drafts_by_age ON counter_drafts (saved_at);
