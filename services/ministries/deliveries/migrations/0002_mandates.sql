SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How the citizen agreed that an uddokta submits an application: JSON, null for a citizen's own.
ALTER TABLE deliveries ADD COLUMN mandate text;
