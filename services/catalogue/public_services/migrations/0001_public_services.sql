SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Ministries, ministry divisions and offices.
CREATE TABLE bodies (
    body_id text PRIMARY KEY,
    position bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ministry', 'ministry_division', 'office')),
    parent text REFERENCES bodies,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    nothi_code text,
    website text NOT NULL
);

-- What hands submissions to a body, as an operator has set it; a body without a row has `hosted`.
CREATE TABLE ministry_adapters (
    body_id text PRIMARY KEY REFERENCES bodies,
    adapter text NOT NULL CHECK (adapter IN ('hosted', 'own', 'none_yet'))
);

-- Public services as the reference has them.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    body text NOT NULL REFERENCES bodies,
    agency_en text NOT NULL,
    category text NOT NULL,
    fee_bdt bigint CHECK (fee_bdt >= 0),
    fee_note text,
    days bigint CHECK (days > 0),
    docs_bn text [] NOT NULL,
    fee_basis text NOT NULL,
    days_basis text NOT NULL,
    docs_basis text NOT NULL,
    fee_source text,
    days_source text,
    docs_source text,
    open boolean NOT NULL,
    fee_note_bn text
);

-- What operators laid down above the reference; a load leaves it alone.
CREATE TABLE overrides (
    public_service_id text PRIMARY KEY REFERENCES public_services,
    open boolean,
    fee_overridden boolean NOT NULL,
    fee_bdt bigint CHECK (fee_bdt >= 0),
    fee_note text,
    fee_source text,
    fee_note_bn text
);

-- Which version of each service the others were last told, and since when it holds.
CREATE TABLE announced_versions (
    public_service_id text PRIMARY KEY REFERENCES public_services,
    version bigint NOT NULL,
    digest text NOT NULL,
    valid_from timestamptz NOT NULL
);

-- At most one row: it grows with every change, and whoever changes something holds it.
CREATE TABLE catalogue_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);

-- Who changed what by command, and when.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    public_service_id text NOT NULL,
    before text NOT NULL,
    after text NOT NULL
);
