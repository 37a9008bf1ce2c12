SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The papers of a submission, JSON as text; null where it has none.
ALTER TABLE deliveries ADD COLUMN documents text;
