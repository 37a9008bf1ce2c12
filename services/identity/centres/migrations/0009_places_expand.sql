SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The union and the ward where a centre stands, null where nobody said it; and whether its area is
-- open. `state` is what a person set: a centre of a paused area runs again when that is opened.
ALTER TABLE service_centres ADD COLUMN union_id text;
ALTER TABLE service_centres ADD COLUMN ward bigint;
ALTER TABLE service_centres ADD COLUMN is_area_open boolean NOT NULL DEFAULT true;
