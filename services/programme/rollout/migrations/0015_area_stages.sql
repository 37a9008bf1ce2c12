SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Areas that two people opened or somebody paused, with the newest stage, as it was announced.
CREATE TABLE area_stages (
    area text PRIMARY KEY,
    stage text NOT NULL CHECK (stage IN ('planned', 'open', 'paused')),
    since timestamptz
);

-- When an area was opened or paused, by whom and why. Rows are only added. `stopped` is what a pause
-- stopped, as JSON.
CREATE TABLE stage_facts (
    area text NOT NULL,
    stage text NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL,
    by_whom text [] NOT NULL,
    stopped text,
    PRIMARY KEY (area, at)
);
