SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The drafts of one uddokta, of which only the newest are kept. The table has a few hundred rows.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX counter_drafts_of_uddokta ON counter_drafts (uddokta_id, saved_at);
