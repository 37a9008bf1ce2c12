SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The session that the last code opened, for a repeat of the same request whose answer was lost:
-- a keyed hash of the code and the Idempotency-Key, and until when it may be repeated.
ALTER TABLE challenges
ADD COLUMN repeat_hash bytea,
ADD COLUMN repeat_until timestamptz,
ADD COLUMN session_id uuid;
