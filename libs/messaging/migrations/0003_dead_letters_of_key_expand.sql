SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds the dead letters of one application, the settled ones too.
DROP INDEX CONCURRENTLY IF EXISTS dead_letters_of_key;
CREATE INDEX CONCURRENTLY IF NOT EXISTS dead_letters_of_key ON dead_letters (record_key)
    WHERE record_key IS NOT NULL;
