SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The number that an officer types who witnesses a consent, while it waits; and whether a phone
-- consented for this citizen for the first time.
ALTER TABLE mandates ADD COLUMN witness_number text;
ALTER TABLE mandates ADD COLUMN is_first_use boolean NOT NULL DEFAULT false;

-- Wrong PINs since the last right one; after a few only an officer can witness a consent.
ALTER TABLE citizens_without_phone ADD COLUMN wrong_pins bigint NOT NULL DEFAULT 0;
