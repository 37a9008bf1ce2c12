SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The district of a role of one, by its code; null of the others.
ALTER TABLE staff_roles ADD COLUMN district text;
