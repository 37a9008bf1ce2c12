SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When the record of the submission was written; null of a case from before this column.
ALTER TABLE cases ADD COLUMN published_at timestamptz;
