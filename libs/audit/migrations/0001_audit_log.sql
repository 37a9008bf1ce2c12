SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who did what to whom or what, and when; auditors read it with psql.
CREATE TABLE audit_log (
    entry_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);
