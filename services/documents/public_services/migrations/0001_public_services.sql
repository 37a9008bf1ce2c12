SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The kinds of papers that the form of each public service asks for, with blanks between.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    kinds text NOT NULL,
    changed_at timestamptz NOT NULL
);
