SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds cases of erased citizens whose years are over; there are few.
DROP INDEX CONCURRENTLY IF EXISTS cases_sealed;
CREATE INDEX CONCURRENTLY IF NOT EXISTS cases_sealed ON cases (workflow, closed_at) WHERE erased;
