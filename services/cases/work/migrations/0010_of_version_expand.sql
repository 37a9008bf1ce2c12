SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds the open cases of a version of a workflow, to count them and to move them to another one.
DROP INDEX CONCURRENTLY IF EXISTS cases_of_version;
CREATE INDEX CONCURRENTLY IF NOT EXISTS cases_of_version ON cases (workflow, version, case_id)
    WHERE status <> 'ended';
