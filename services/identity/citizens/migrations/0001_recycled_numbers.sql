SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Operators sell a number again that was silent for long. seen_at is the last login: after a long
-- silence the number alone does not open the account. An account whose owner could not be shown has
-- no number: set_aside_from is the keyed hash of the one it had.
ALTER TABLE citizens
ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN wrong_proofs bigint NOT NULL DEFAULT 0,
ADD COLUMN set_aside_from bytea,
ADD COLUMN set_aside_at timestamptz;

-- squawk-ignore ban-drop-not-null
ALTER TABLE citizens ALTER COLUMN phone DROP NOT NULL;

-- Few rows: accounts that were set aside.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX citizens_set_aside ON citizens (set_aside_from) WHERE set_aside_from IS NOT NULL;
