SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether the body's own adapter passed with objections to refusals among what was checked.
ALTER TABLE ministry_adapters ADD COLUMN own_takes_appeals boolean NOT NULL DEFAULT false;
