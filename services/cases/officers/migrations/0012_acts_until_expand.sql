SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day on which an officer may act; null while no qualification is needed.
ALTER TABLE officers ADD COLUMN acts_until date;
