SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether the ministry's own adapter takes objections to refusals.
ALTER TABLE public_services ADD COLUMN own_takes_appeals boolean NOT NULL DEFAULT false;
