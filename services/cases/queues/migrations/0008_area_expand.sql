SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The area in which a case lies, such as an upazila: a superior sees what is overdue below the own
-- one. Null where its form has no address.
ALTER TABLE tasks ADD COLUMN area text;
