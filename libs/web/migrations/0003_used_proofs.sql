SET lock_timeout = '1s';
SET statement_timeout = '60s';

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
