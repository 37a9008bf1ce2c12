SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The office that is responsible for the application, as applications has routed it.
ALTER TABLE mandates ADD COLUMN office_id text;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX mandates_of_office ON mandates (office_id, used_at) WHERE office_id IS NOT NULL;
