SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A country has 40,000 centres: the plan for a table without statistics goes by its key.
ALTER TABLE service_centres SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
