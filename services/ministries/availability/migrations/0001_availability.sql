SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How much of a ministry's system may be called: changed by operators, 67 rows at most.
CREATE TABLE calling_limits (
    ministry text PRIMARY KEY,
    calls_at_once bigint CHECK (calls_at_once > 0),
    calls_per_s double precision CHECK (calls_per_s > 0)
);

-- Without a row a ministry's system may be called at any time. Days are those of ISO 8601, Monday
-- is 1; times are Dhaka's.
CREATE TABLE service_hours (
    ministry text PRIMARY KEY,
    days bigint [] NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL
);

-- When a ministry's system may not be called; old ones stay as a history.
CREATE TABLE outages (
    outage_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    reason_bn text,
    reason_en text,
    cancelled_at timestamptz,
    CHECK (ends_at > starts_at)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX outages_to_come ON outages (ends_at)
    WHERE cancelled_at IS NULL;

-- Who changed what by command, and when.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    ministry text NOT NULL,
    detail text NOT NULL
);
