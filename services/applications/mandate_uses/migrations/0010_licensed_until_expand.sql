SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day of an uddokta's licence and certificate; null of a centre, and until identity
-- announces the uddokta again.
ALTER TABLE stops ADD COLUMN licensed_until date;
