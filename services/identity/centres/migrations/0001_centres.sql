SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Service centres: where, when open, and whether they run. `open_days` are those of ISO 8601.
CREATE TABLE service_centres (
    service_centre_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    address_bn text NOT NULL,
    address_en text NOT NULL,
    area text NOT NULL,
    opens_at text NOT NULL,
    closes_at text NOT NULL,
    open_days bigint [] NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'running', 'paused', 'closed')),
    -- Who confirmed address and hours; null where nobody did.
    source text,
    directions_bn text,
    directions_en text
);

-- A centre's own price where it is not the usual one. No centre charges more than the cap.
CREATE TABLE service_charges (
    service_centre_id text NOT NULL,
    public_service_id text NOT NULL,
    charge_bdt bigint NOT NULL,
    cap_bdt bigint NOT NULL,
    PRIMARY KEY (service_centre_id, public_service_id),
    CONSTRAINT charge_within_cap CHECK (charge_bdt BETWEEN 0 AND cap_bdt)
);

-- What offices told centres about fees that were not published; `fee_case` is a case in English, or
-- empty.
CREATE TABLE told_fees (
    public_service_id text NOT NULL,
    fee_case text NOT NULL,
    service_centre_id text NOT NULL,
    fee_bdt bigint NOT NULL CHECK (fee_bdt >= 0),
    told_at timestamptz NOT NULL,
    PRIMARY KEY (public_service_id, fee_case, service_centre_id)
);

-- Devices of centres. One that waits has a code, of which the hash is stored; then the key's
-- thumbprint (RFC 7638) is what it is known by.
CREATE TABLE centre_devices (
    device_id uuid PRIMARY KEY,
    service_centre_id text NOT NULL,
    name text NOT NULL,
    code_hash bytea UNIQUE,
    code_expires_at timestamptz,
    thumbprint text UNIQUE,
    enrolled_at timestamptz,
    removed_at timestamptz
);
