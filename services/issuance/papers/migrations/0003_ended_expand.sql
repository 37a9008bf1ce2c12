SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds the papers of a body that were withdrawn or replaced, for its signed list.
DROP INDEX CONCURRENTLY IF EXISTS papers_ended;
CREATE INDEX CONCURRENTLY IF NOT EXISTS papers_ended ON papers (ministry, number)
    WHERE state <> 'valid';
