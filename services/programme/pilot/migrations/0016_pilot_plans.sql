SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Criteria of the pilot that two people have set, as JSON. Rows are only added, and the newest
-- counts.
CREATE TABLE pilot_plans (
    act_id uuid PRIMARY KEY,
    plan text NOT NULL,
    reason text NOT NULL,
    by_whom text [] NOT NULL,
    set_at timestamptz NOT NULL
);
