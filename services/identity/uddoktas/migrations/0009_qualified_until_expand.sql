SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day that qualifications allow, in place of the certificate; null while neither a
-- qualification is known nor a course is needed. The certificate of before counts then.
ALTER TABLE uddoktas ADD COLUMN qualified_until date;
