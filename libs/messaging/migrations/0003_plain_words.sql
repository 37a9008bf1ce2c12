SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Every release reads the names of its own migrations: this one is applied before its first start,
-- and no earlier one is in use.
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
ALTER INDEX dead_letters_of_row RENAME TO dead_letters_of_job;

UPDATE dead_letters SET reason = 'blocked' WHERE reason = 'waiting';
