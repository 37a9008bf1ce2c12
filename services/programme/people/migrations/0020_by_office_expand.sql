SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- The offices of an area, and an office by its id.
DROP INDEX CONCURRENTLY IF EXISTS people_of_office;
CREATE INDEX CONCURRENTLY IF NOT EXISTS people_of_office ON people (office_id);
DROP INDEX CONCURRENTLY IF EXISTS people_of_office_area;
CREATE INDEX CONCURRENTLY IF NOT EXISTS people_of_office_area ON people (office_area, office_id);
