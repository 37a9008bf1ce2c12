SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day of whoever holds a post; null if nobody said so.
ALTER TABLE focal_points ADD COLUMN until date;

-- When the programme announced last who answers for a ministry: an older event changes nothing.
CREATE TABLE focal_points_announced (
    ministry text PRIMARY KEY,
    announced_at timestamptz NOT NULL
);
