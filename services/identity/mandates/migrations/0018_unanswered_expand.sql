SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds complaints that nobody has answered.
DROP INDEX CONCURRENTLY IF EXISTS complaints_unanswered;
CREATE INDEX CONCURRENTLY IF NOT EXISTS complaints_unanswered ON complaints (mandate_id)
    WHERE answered_at IS NULL AND grievance IS NULL;
