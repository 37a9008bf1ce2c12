SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Where officers work: the office, and the code of the area for which it is responsible.
ALTER TABLE people ADD COLUMN office_id text;
ALTER TABLE people ADD COLUMN office_area text;
