SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether there was such a flag about an uddokta lately.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX flags_of_uddokta ON flags (uddokta_id, kind, raised_at);
