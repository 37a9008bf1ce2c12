SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A case without a person: forms, notes and comments are gone, and citizen_id is drawn by lot.
ALTER TABLE applications ADD COLUMN erased boolean NOT NULL DEFAULT false;
