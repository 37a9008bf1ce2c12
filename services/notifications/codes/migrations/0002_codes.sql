SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a one-time code's message needs, and nothing after it: the row goes when the provider has
-- the message, or when the code is worthless.
CREATE TABLE codes (
    message_id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    phone text NOT NULL,
    language text NOT NULL,
    code text NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX codes_expire ON codes (expires_at);
