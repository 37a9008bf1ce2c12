SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a correction replaces of who the applicant is, in the words of the consent; encrypted.
ALTER TABLE mandates ADD COLUMN replaced text;
