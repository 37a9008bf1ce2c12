SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Initials of a citizen without a phone of her own, for the person who consents; encrypted.
ALTER TABLE mandates ADD COLUMN applicant text;
