SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A paper that was issued here and given without a file: its number, and when issuance said last
-- that it was valid. Null for what was uploaded.
ALTER TABLE documents ADD COLUMN issued_number text;
ALTER TABLE documents ADD COLUMN held_at timestamptz;
