SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Why a colleague rejected what was proposed; encrypted. Null where it was approved, taken back, or
-- rejected before this was asked for.
ALTER TABLE paper_proposals ADD COLUMN rejection text;
