-- When an answer of the ministry was lost: it may have the submission, and is asked before it is sent
-- again.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE deliveries ADD COLUMN unconfirmed_at timestamptz;
