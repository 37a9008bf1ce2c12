SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Uddoktas and centres as identity last announced them: the code of the refusal, or null for one
-- that may act. Documents has the same table. No release that reads the tables of before runs
-- anywhere (decision 65).
CREATE TABLE stops (
    subject_id text PRIMARY KEY,
    problem text,
    changed_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
INSERT INTO stops (subject_id, problem, changed_at)
SELECT uddokta_id::text, CASE WHEN state <> 'active' THEN 'uddokta_stopped' END, changed_at
  FROM uddoktas
 UNION ALL
SELECT service_centre_id, CASE WHEN state <> 'running' THEN 'service_centre_not_running' END,
       changed_at
  FROM service_centres;
-- squawk-ignore ban-drop-table
DROP TABLE uddoktas;
-- squawk-ignore ban-drop-table
DROP TABLE service_centres;
