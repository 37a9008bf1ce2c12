SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Wrong passwords left until the account pauses, and until when it does.
ALTER TABLE staff
    ADD COLUMN tries_left bigint NOT NULL DEFAULT 5,
    ADD COLUMN paused_until timestamptz;
