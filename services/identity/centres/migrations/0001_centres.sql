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
    state text NOT NULL CHECK (state IN ('planned', 'running', 'paused', 'closed'))
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
