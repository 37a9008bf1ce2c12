SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds an application's deliveries when somebody asks where it is. Tracking numbers are in no order,
-- and a hash costs half of what a tree of them does.
DROP INDEX CONCURRENTLY IF EXISTS deliveries_by_tracking_number;
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_by_tracking_number ON deliveries USING hash (tracking_number);
