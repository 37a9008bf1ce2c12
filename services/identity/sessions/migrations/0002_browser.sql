SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Browser and system by name, as they were at the login; null if it named neither.
ALTER TABLE sessions ADD COLUMN browser text;
