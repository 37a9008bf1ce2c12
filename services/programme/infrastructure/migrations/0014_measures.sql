SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What was measured or tried at a place: `centre gulshan`, `office ac-land-savar`. Rows are only
-- added. `content` is JSON.
CREATE TABLE measures (
    measure_id uuid PRIMARY KEY,
    place text NOT NULL,
    kind text NOT NULL,
    day date NOT NULL,
    content text NOT NULL,
    evidence text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX measures_of_place ON measures (place, kind, day DESC, recorded_at DESC);
