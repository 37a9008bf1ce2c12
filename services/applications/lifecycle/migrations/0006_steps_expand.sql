SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The step at which the work on an application is, as JSON; null where its ministry's side does not
-- say so.
ALTER TABLE applications ADD COLUMN step text;
