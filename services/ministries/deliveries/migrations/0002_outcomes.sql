-- The first decision of a ministry on an application: another one later is answered with a problem.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE applications ADD COLUMN outcome text;
