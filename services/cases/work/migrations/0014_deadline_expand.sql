SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How the last day of the whole case follows: from which day, after how many days, and when it stood
-- still, as JSON. Null of a case from before this column, which `due_days` and `due_on` say.
-- `is_promised`: its citizen was told it, from a published deadline.
ALTER TABLE cases ADD COLUMN deadline text;
ALTER TABLE cases ADD COLUMN is_promised boolean NOT NULL DEFAULT false;
