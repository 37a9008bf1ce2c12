SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- `is_paused`: the time of the case stands still, so that nothing of it is overdue. `is_promised`: the
-- last day is that which its citizen was told.
ALTER TABLE tasks ADD COLUMN is_paused boolean NOT NULL DEFAULT false;
ALTER TABLE tasks ADD COLUMN is_promised boolean NOT NULL DEFAULT false;
