SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether the citizen pays a fee that was not published at the office, and none at the centre; and
-- the day that decided on a published one, encrypted: the form must have the same.
ALTER TABLE mandates ADD COLUMN fee_at_office boolean NOT NULL DEFAULT false;
ALTER TABLE mandates ADD COLUMN fee_day text;
