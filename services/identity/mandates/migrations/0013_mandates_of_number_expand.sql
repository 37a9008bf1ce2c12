SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds the mandate of an application by its tracking number, to print a paper about it.
DROP INDEX CONCURRENTLY IF EXISTS mandates_of_number;
CREATE INDEX CONCURRENTLY IF NOT EXISTS mandates_of_number ON mandates (tracking_number)
    WHERE state = 'used' AND corrects IS NULL;
