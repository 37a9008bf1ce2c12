SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Plain names for tables and columns. No version that reads the old names is deployed anywhere.
-- squawk-ignore renaming-table
ALTER TABLE rulings RENAME TO overrides;
-- squawk-ignore renaming-column
ALTER TABLE overrides RENAME COLUMN fee_ruled TO fee_overridden;

-- squawk-ignore renaming-table
ALTER TABLE announced RENAME TO announced_versions;
-- squawk-ignore renaming-column
ALTER TABLE announced_versions RENAME COLUMN since TO valid_from;

-- squawk-ignore renaming-column
ALTER TABLE bodies RENAME COLUMN place TO position;
