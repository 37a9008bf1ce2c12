SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How many bytes a person has uploaded in an hour, deleted ones too.
CREATE TABLE upload_bytes (
    citizen_id uuid PRIMARY KEY,
    hour timestamptz NOT NULL,
    bytes bigint NOT NULL
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

CREATE INDEX upload_bytes_ending ON upload_bytes (hour);
