SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The first answer to each Idempotency-Key of each caller. A row without a status belongs to a
-- request whose answer was not kept; the next one with the same key is then the first.
CREATE TABLE idempotency (
    caller uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status bigint,
    body bytea,
    asked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX idempotency_asked_at ON idempotency (asked_at);

-- Proofs of possession (RFC 9449) that were shown, until they expire by themselves.
CREATE TABLE used_proofs (
    thumbprint text NOT NULL,
    proof_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (thumbprint, proof_hash)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX used_proofs_expires_at ON used_proofs (expires_at);
