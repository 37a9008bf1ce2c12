SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The newest measure of each kind at a place: of the newest day, and of a day the one that was
-- recorded last. `green_until` is the last day on which it is enough, as the code said when it was
-- stored; null if it is not enough.
CREATE TABLE newest_measures (
    place text NOT NULL,
    kind text NOT NULL,
    measure_id uuid NOT NULL REFERENCES measures,
    day date NOT NULL,
    recorded_at timestamptz NOT NULL,
    green_until date,
    PRIMARY KEY (place, kind)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

INSERT INTO newest_measures (place, kind, measure_id, day, recorded_at, green_until)
SELECT DISTINCT ON (place, kind) place, kind, measure_id, day, recorded_at,
       CASE WHEN CASE kind
                      WHEN 'power_backup' THEN (content::jsonb ->> 'minutes')::bigint >= 60
                      WHEN 'devices' THEN (content::jsonb ->> 'count')::bigint >= 2
                      WHEN 'line' THEN (content::jsonb ->> 'down_kbit_s')::bigint >= 256
                                       AND (content::jsonb ->> 'round_trip_ms')::bigint <= 1000
                      ELSE content::jsonb ->> 'passed' = 'true'
                  END
            THEN day + 90
        END
  FROM measures
 ORDER BY place, kind, day DESC, recorded_at DESC;
