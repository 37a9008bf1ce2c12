SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds those whose last day is over.
DROP INDEX CONCURRENTLY IF EXISTS followed_up_over;
CREATE INDEX CONCURRENTLY IF NOT EXISTS followed_up_over ON followed_up (last_day)
    WHERE last_day IS NOT NULL;
