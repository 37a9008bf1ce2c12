SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- With which numbers citizens may track their applications, from identity: keyed hashes, from which
-- nobody gets the numbers back.
CREATE TABLE tracking_phones (
    citizen_id uuid PRIMARY KEY,
    phone_index bytea,
    changed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- How often a tracking number was asked for in an hour from a network, as a keyed hash, and from
-- all networks that never knew the citizen's number (empty); whether or not there is such an
-- application. `found`: the citizen's number was right, so that the network is known for 30 days.
CREATE TABLE tracking_attempts (
    tracking_number text NOT NULL,
    network bytea NOT NULL,
    hour timestamptz NOT NULL,
    attempts bigint NOT NULL,
    found boolean NOT NULL DEFAULT false,
    delete_after timestamptz NOT NULL,
    PRIMARY KEY (tracking_number, network, hour)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX tracking_attempts_delete_after ON tracking_attempts (delete_after);
