SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Keyed hash of the number, by which it is found when the account of its owner is erased.
ALTER TABLE notices ADD COLUMN phone_index bytea;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notices_of_phone ON notices (phone_index);
