SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- The centres of an area that is opened or paused.
DROP INDEX CONCURRENTLY IF EXISTS service_centres_by_area;
CREATE INDEX CONCURRENTLY IF NOT EXISTS service_centres_by_area ON service_centres (area);
