SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The bill of a visit of a fee step, fixed on the day on which the step was entered. `lines` is
-- JSON, and `total_poisha` null, where no tariff says what it costs. An officer records the number of
-- the challan, encrypted, and another one confirms it: that one person does not do both is held here.
CREATE TABLE bills (
    case_id uuid NOT NULL REFERENCES cases,
    bill_id uuid NOT NULL,
    visit bigint NOT NULL,
    lines text NOT NULL,
    total_poisha bigint,
    challan text,
    recorded_by uuid,
    recorded_at timestamptz,
    confirmed_by uuid,
    confirmed_at timestamptz,
    PRIMARY KEY (case_id, bill_id),
    CHECK ((challan IS NULL) = (recorded_by IS NULL)),
    CHECK ((recorded_by IS NULL) = (recorded_at IS NULL)),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CHECK (confirmed_by IS NULL OR confirmed_by <> recorded_by)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
