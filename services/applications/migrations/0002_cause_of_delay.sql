SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whose fault a delay is, as the citizen reads it: the ministry's or our own.
ALTER TABLE timeline ADD COLUMN cause text;
