SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When the citizen ended the follow-up of what was sent with a mandate: nobody prints papers about
-- it at the centre any more.
ALTER TABLE mandates ADD COLUMN follow_up_ended_at timestamptz;
