SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How a paper ends: `last_day` is the last day on which it holds; `ended_at` is when two people
-- withdrew it, with a reason, encrypted, or when `replaced_by` came in its place. The paper of that
-- number has this one's in `replaces`.
ALTER TABLE papers ADD COLUMN last_day date;
ALTER TABLE papers ADD COLUMN ended_at timestamptz;
ALTER TABLE papers ADD COLUMN reason text;
ALTER TABLE papers ADD COLUMN replaces text;
ALTER TABLE papers ADD COLUMN replaced_by text;
