SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Why somebody said no, and when the person who had proposed it said that she knows.
ALTER TABLE acts_of_two
    ADD COLUMN rejected_because text,
    ADD COLUMN rejection_known_at timestamptz;
