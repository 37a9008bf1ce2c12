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
);

CREATE INDEX idempotency_asked_at ON idempotency (asked_at);
