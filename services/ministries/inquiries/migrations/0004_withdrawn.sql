-- When the ministry had read a withdrawal: it is asked once more, for a decision made before.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE inquiries ADD COLUMN withdrawn_at timestamptz;
