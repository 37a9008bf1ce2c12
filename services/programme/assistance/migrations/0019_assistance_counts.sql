SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How often something happened to mandates and complaints: at a centre, in the areas around it and
-- in the country, by day in Dhaka and public service. Amounts are a part of the metric. No mandate
-- and no citizen is named.
CREATE TABLE assistance_counts (
    place text NOT NULL,
    day date NOT NULL,
    public_service_id text NOT NULL,
    metric text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (place, day, public_service_id, metric)
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
