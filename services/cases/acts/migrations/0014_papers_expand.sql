SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The paper that an officer opened with this look; null where the case's page was looked at.
ALTER TABLE case_looks ADD COLUMN document_id uuid;
