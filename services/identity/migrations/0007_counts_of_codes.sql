SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What was done in an hour from one address, one network, with one device, and on the whole platform:
-- codes sent, codes exchanged for a session, and wrong codes. Limits look at the hours of a day.
CREATE TABLE code_counts (
    scope text NOT NULL CHECK (scope IN ('address', 'network', 'device', 'platform')),
    source text NOT NULL,
    hour timestamptz NOT NULL,
    sent bigint NOT NULL DEFAULT 0,
    exchanged bigint NOT NULL DEFAULT 0,
    wrong bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, source, hour)
) WITH (
    fillfactor = 70,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

CREATE INDEX code_counts_hour ON code_counts (hour);

-- When wrong codes were typed for a phone, within a day.
ALTER TABLE challenges ADD COLUMN wrong_at timestamptz [] NOT NULL DEFAULT '{}';

-- Replaced by code_counts. No version that reads it is deployed anywhere.
-- squawk-ignore ban-drop-table
DROP TABLE address_counts;
