SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The area for which an officer's office is responsible; null for the whole country.
ALTER TABLE officers ADD COLUMN area text;
