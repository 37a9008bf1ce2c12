SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Areas that were opened or paused, as the programme announced them last.
CREATE TABLE area_stages (
    area text PRIMARY KEY,
    stage text NOT NULL,
    changed_at timestamptz NOT NULL
);
