SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Vendors, with their contracts; the contact is encrypted.
CREATE TABLE vendors (
    vendor_id uuid PRIMARY KEY,
    name text NOT NULL,
    contract text NOT NULL,
    contract_until date,
    contact text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- The bodies whose systems a vendor connects.
CREATE TABLE vendor_bodies (
    vendor_id uuid NOT NULL REFERENCES vendors,
    body text NOT NULL,
    PRIMARY KEY (vendor_id, body)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- The accounts of a vendor's people, without names.
CREATE TABLE vendor_people (
    staff_id uuid PRIMARY KEY,
    vendor_id uuid NOT NULL REFERENCES vendors
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX vendor_people_of_vendor ON vendor_people (vendor_id);

-- Reports of `adapters check` on systems of bodies. `act_id` is the wish to go live that a second
-- person answers; null where the system broke a rule.
CREATE TABLE check_reports (
    report_id uuid PRIMARY KEY,
    body text NOT NULL,
    vendor_id uuid REFERENCES vendors,
    report text NOT NULL,
    handed_in_at timestamptz NOT NULL,
    act_id uuid
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX check_reports_of_body ON check_reports (body, handed_in_at);
CREATE INDEX check_reports_by_act ON check_reports (act_id) WHERE act_id IS NOT NULL;

