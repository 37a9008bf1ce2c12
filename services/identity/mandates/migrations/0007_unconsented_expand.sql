SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Requests to which nobody agreed, for as long as they have something of a person.
DROP INDEX CONCURRENTLY IF EXISTS mandates_unconsented;
CREATE INDEX CONCURRENTLY IF NOT EXISTS mandates_unconsented ON mandates (requested_at)
    WHERE consented_at IS NULL AND (phone_index IS NOT NULL OR applicant IS NOT NULL);
