-- The class of the last failure of an exchange, which says whether the server lets the platform in.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE exchanges ADD COLUMN failure text;
