SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- SHA-256 of the PDF with which an office decides, in hex; null of other papers.
ALTER TABLE handed_in ADD COLUMN sha256 text;
