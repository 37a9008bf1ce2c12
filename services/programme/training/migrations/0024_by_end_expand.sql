SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- The qualifications that end soon.
DROP INDEX CONCURRENTLY IF EXISTS qualifications_by_end;
CREATE INDEX CONCURRENTLY IF NOT EXISTS qualifications_by_end ON qualifications (valid_until);
