SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What public services are called, as the catalogue last said.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    changed_at timestamptz NOT NULL
);
