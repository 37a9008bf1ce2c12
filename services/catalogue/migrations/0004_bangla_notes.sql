-- Notes on fees in Bangla, beside those in English.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE public_services ADD COLUMN fee_note_bn text;
ALTER TABLE overrides ADD COLUMN fee_note_bn text;
