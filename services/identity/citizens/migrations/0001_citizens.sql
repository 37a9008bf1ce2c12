SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A person who proved to hold a phone, who is found by its keyed hash. Phone, NID and birth
-- registration number are encrypted (decision 22). Operators sell a number again that was silent
-- for long. `seen_at` is the last login: after a long silence the number alone does not open the
-- account. An account whose owner could not be shown has no number: `set_aside_from` is the keyed
-- hash of the one it had.
CREATE TABLE citizens (
    citizen_id uuid PRIMARY KEY,
    phone text,
    language text NOT NULL CHECK (language IN ('bn', 'en')),
    nid text,
    birth_registration_number text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    phone_index bytea,
    seen_at timestamptz NOT NULL DEFAULT now(),
    wrong_proofs bigint NOT NULL DEFAULT 0,
    set_aside_from bytea,
    set_aside_at timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX citizens_by_phone ON citizens (phone_index);
CREATE INDEX citizens_set_aside ON citizens (set_aside_from)
    WHERE set_aside_from IS NOT NULL;
