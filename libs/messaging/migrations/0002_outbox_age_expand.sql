SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Since when an event waits to be published.
ALTER TABLE outbox ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();
