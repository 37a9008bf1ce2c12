SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Why a system went live without a passed report; null where it had one.
ALTER TABLE connections ADD COLUMN despite text;
