SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The district of its staff at the login, which the tokens of the session say.
ALTER TABLE sessions ADD COLUMN district text;
