SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- The sentences about a public service in a month, for the programme's staff.
DROP INDEX CONCURRENTLY IF EXISTS feedback_sentences;
CREATE INDEX CONCURRENTLY IF NOT EXISTS feedback_sentences ON feedback (public_service_id, month)
 WHERE comment IS NOT NULL;
