SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day of a duty, for who stands in for a colleague; null for a duty without an end.
ALTER TABLE officer_duties ADD COLUMN until date;
