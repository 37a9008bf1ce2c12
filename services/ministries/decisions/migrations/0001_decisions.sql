SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Calls of ministries' systems that have had their effect.
CREATE TABLE webhook_calls (
    ministry text NOT NULL,
    webhook_id text NOT NULL,
    fingerprint bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ministry, webhook_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX webhook_calls_received_at ON webhook_calls USING brin (received_at);
