SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Service centres, as identity announced them last. `area` is an upazila or a city corporation.
CREATE TABLE centres (
    service_centre_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    area text NOT NULL,
    union_id text,
    ward bigint,
    state text NOT NULL,
    changed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX centres_of_area ON centres (area);
