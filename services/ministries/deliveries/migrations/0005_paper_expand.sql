SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The paper that was granted last about the ministry's decision, by the event that granted it; null
-- if none was. What it says is not stored here.
ALTER TABLE applications ADD COLUMN paper_id uuid;
