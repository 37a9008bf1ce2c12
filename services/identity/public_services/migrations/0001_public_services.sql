SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A copy of the catalogue's public services; `fee_bdt` is null where the fee depends on the case.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    fee_bdt bigint,
    open boolean NOT NULL,
    changed_at timestamptz NOT NULL
);
