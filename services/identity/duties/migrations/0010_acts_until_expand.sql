SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day on which an officer may act, as it was announced; null while no course is needed.
ALTER TABLE announced_officers ADD COLUMN acts_until date;
