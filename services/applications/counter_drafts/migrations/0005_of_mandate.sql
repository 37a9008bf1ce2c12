SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- With which mandate the application was sent that a draft corrects, so that the draft ends with it.
-- Null where the draft is of a new application: its id is that of the mandate.
ALTER TABLE counter_drafts ADD COLUMN corrects uuid;
-- The table has a few hundred rows.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX counter_drafts_of_correction ON counter_drafts (corrects);
