SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A mandate: one public service, one centre, one uddokta, one use, one price. `phone` is of whoever
-- consents, encrypted; `phone_index` its keyed hash. `office_id` is responsible for the
-- application, as applications has routed it.
CREATE TABLE mandates (
    mandate_id uuid PRIMARY KEY,
    public_service_id text NOT NULL,
    service_centre_id text NOT NULL,
    uddokta_id uuid NOT NULL,
    device_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    consent text NOT NULL CHECK (
        consent IN ('own_phone', 'guardian_phone', 'shared_phone', 'witness')
    ),
    phone text,
    phone_index bytea,
    language text NOT NULL CHECK (language IN ('bn', 'en')),
    fee_bdt bigint NOT NULL CHECK (fee_bdt >= 0),
    -- Whether the fee was published, and the case in which it applies.
    fee_basis text NOT NULL CHECK (fee_basis IN ('sourced', 'told_by_office')),
    fee_case_bn text,
    fee_case_en text,
    charge_bdt bigint NOT NULL,
    cap_bdt bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'active', 'used', 'revoked', 'expired')),
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    code_hash bytea,
    code_salt bytea,
    code_sent_at timestamptz,
    code_expires_at timestamptz,
    attempts_left bigint NOT NULL,
    sends_left bigint NOT NULL,
    consented_at timestamptz,
    witness_id uuid,
    ended_at timestamptz,
    application_id uuid,
    tracking_number text,
    used_at timestamptz,
    complained_at timestamptz,
    office_id text,
    CONSTRAINT active_with_consent CHECK (
        state NOT IN ('active', 'used') OR consented_at IS NOT NULL
    ),
    CONSTRAINT mandate_within_cap CHECK (charge_bdt BETWEEN 0 AND cap_bdt),
    CONSTRAINT used_with_application CHECK ((state = 'used') = (application_id IS NOT NULL)),
    CONSTRAINT witness_has_no_phone CHECK ((consent = 'witness') = (phone IS NULL))
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX mandates_of_citizen ON mandates (citizen_id, requested_at DESC);
CREATE INDEX mandates_of_uddokta ON mandates (uddokta_id, requested_at DESC);
CREATE INDEX mandates_of_phone ON mandates (phone_index, requested_at DESC);
CREATE INDEX mandates_of_centre ON mandates (service_centre_id, requested_at DESC);
CREATE INDEX mandates_open ON mandates (expires_at)
    WHERE state IN ('requested', 'active');
CREATE INDEX mandates_of_office ON mandates (office_id, used_at)
    WHERE office_id IS NOT NULL;

-- Citizens without a phone of their own, known by the keyed hash of their NID or birth registration
-- number; with the hash of the PIN that they chose.
CREATE TABLE citizens_without_phone (
    number_index bytea PRIMARY KEY,
    citizen_id uuid NOT NULL,
    pin_hash bytea
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX citizens_without_phone_citizen ON citizens_without_phone (citizen_id);

-- What a citizen complained about; the text is encrypted.
CREATE TABLE complaints (
    complaint_id uuid PRIMARY KEY,
    mandate_id uuid NOT NULL,
    citizen_id uuid NOT NULL,
    complained_at timestamptz NOT NULL,
    text text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX complaints_of_citizen ON complaints (citizen_id);
CREATE INDEX complaints_about_mandate ON complaints (mandate_id);
