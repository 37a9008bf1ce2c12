SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A copy of the catalogue's public services. A fee is the ministry's only with the status `sourced`;
-- `fee_cases` and `fee_decided_by` are JSON: what it depends on. `form_origin` says
-- who made the form.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    fee_bdt bigint,
    fee_status text NOT NULL,
    fee_cases text NOT NULL,
    fee_decided_by text NOT NULL,
    form_origin text NOT NULL,
    open boolean NOT NULL,
    changed_at timestamptz NOT NULL
);
