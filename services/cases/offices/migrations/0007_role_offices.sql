SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- All versions of the rules that say at which office a role works, as JSON, by public service.
CREATE TABLE role_offices (
    public_service_id text PRIMARY KEY,
    rules text NOT NULL,
    changed_at timestamptz NOT NULL
);
