SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The words of the code: job type and key, destination, blocks. No release before this one is in use,
-- so no reader of the old names is left.
-- squawk-ignore renaming-column
ALTER TABLE dead_letters RENAME COLUMN worker TO job_type;
-- squawk-ignore renaming-column
ALTER TABLE dead_letters RENAME COLUMN row_key TO job_key;
-- squawk-ignore renaming-column
ALTER TABLE dead_letters RENAME COLUMN party TO destination;
-- squawk-ignore renaming-column
ALTER TABLE dead_letters RENAME COLUMN holds_back TO blocks;
-- squawk-ignore renaming-column
ALTER TABLE dead_letters RENAME COLUMN told_at TO announced_at;
-- squawk-ignore renaming-object
ALTER INDEX dead_letters_of_row RENAME TO dead_letters_of_job;

UPDATE dead_letters SET reason = 'blocked' WHERE reason = 'waiting';
