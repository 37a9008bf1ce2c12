SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- A country has 100,000 uddoktas. They are listed by username, and counted by centre.
ALTER TABLE uddoktas SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
DROP INDEX CONCURRENTLY IF EXISTS uddoktas_by_username;
CREATE INDEX CONCURRENTLY IF NOT EXISTS uddoktas_by_username ON uddoktas (username);
DROP INDEX CONCURRENTLY IF EXISTS uddoktas_by_centre;
CREATE INDEX CONCURRENTLY IF NOT EXISTS uddoktas_by_centre ON uddoktas (service_centre_id);
