SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How the last day of an application follows, as JSON: from which day, how many working days, and
-- when it stood still; `due_on` is reckoned from it. Null where there is no deadline, or where the
-- application came before this column. `is_paused`: it stands still now.
ALTER TABLE applications ADD COLUMN deadline text;
ALTER TABLE applications ADD COLUMN is_paused boolean NOT NULL DEFAULT false;
