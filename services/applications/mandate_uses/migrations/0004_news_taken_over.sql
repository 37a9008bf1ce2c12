SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who tells a citizen without a phone what the ministry said, in the place of the uddokta who sent
-- the application and has left the centre since, or was stopped.
ALTER TABLE mandates ADD COLUMN teller_id uuid;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX mandates_of_teller ON mandates (teller_id) WHERE teller_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX mandates_told_in_person ON mandates (service_centre_id)
    WHERE is_told_in_person AND ended_at IS NULL;

-- Where an uddokta works now; null of a centre, and until identity announces the uddokta again.
ALTER TABLE stops ADD COLUMN service_centre_id text;
