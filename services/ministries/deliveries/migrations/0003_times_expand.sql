SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When the citizen submitted, and when the record of it was written, as the record says; when the
-- last attempt began; and the attempts of the times before an operator let it be tried again.
ALTER TABLE deliveries
ADD COLUMN submitted_at timestamptz,
ADD COLUMN published_at timestamptz,
ADD COLUMN last_tried_at timestamptz,
ADD COLUMN earlier_attempts bigint NOT NULL DEFAULT 0;
