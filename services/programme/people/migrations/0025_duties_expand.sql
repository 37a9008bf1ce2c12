SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What an officer may do at the office; null of whoever was not announced since.
ALTER TABLE people ADD COLUMN duties text[];
