SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The version of the course when the test was opened, by which it is graded; null of before, when it
-- is that of the session.
ALTER TABLE training_tests ADD COLUMN version bigint;
