SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether the body's own adapter passed when it was checked last.
ALTER TABLE ministry_adapters ADD COLUMN own_passed boolean NOT NULL DEFAULT false;
