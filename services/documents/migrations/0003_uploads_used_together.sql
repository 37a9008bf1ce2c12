SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- All uploads of which the paper was made, in the order of its pages: only a request that names
-- these is a repeat. Null in a row that was used before this column was there.
ALTER TABLE uploads ADD COLUMN used_with uuid[];
