SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The versions of a public service's own adapter, now and later, as JSON; empty where it has none.
ALTER TABLE public_services ADD COLUMN adapters text NOT NULL DEFAULT '[]';
