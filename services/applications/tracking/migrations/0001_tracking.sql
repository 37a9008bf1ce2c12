SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- With which numbers citizens may track their applications, from identity: keyed hashes, from which
-- nobody gets the numbers back. Statistics as for
-- the other tables that grow (decision 15).
CREATE TABLE tracking_phones (
    citizen_id  uuid PRIMARY KEY,
    phone_index bytea,
    changed_at  timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- How often a tracking number was asked for in an hour, whether or not there is such an application.
CREATE TABLE tracking_attempts (
    tracking_number text NOT NULL,
    hour            timestamptz NOT NULL,
    attempts        bigint NOT NULL,
    PRIMARY KEY (hour, tracking_number)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
