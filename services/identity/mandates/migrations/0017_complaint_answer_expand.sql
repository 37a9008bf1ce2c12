SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What the programme answers (encrypted), when, and the tracking number of the grievance in which
-- the complaint is answered instead.
ALTER TABLE complaints ADD COLUMN answer text;
ALTER TABLE complaints ADD COLUMN answered_at timestamptz;
ALTER TABLE complaints ADD COLUMN grievance text;
