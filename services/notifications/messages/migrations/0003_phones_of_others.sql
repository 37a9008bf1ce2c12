SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Keyed hashes of numbers, by which they are found when the account of their owner is erased.
ALTER TABLE application_contacts ADD COLUMN phone_index bytea;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX application_contacts_of_phone ON application_contacts (phone_index);
