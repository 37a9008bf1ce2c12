SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a complaint is about, as its citizen said; `not_said` of one from before this was asked.
ALTER TABLE complaints ADD COLUMN kind text NOT NULL DEFAULT 'not_said';
