SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When an initial password ends; null for a password that its person chose. Passwords from before
-- this column stay as they are.
ALTER TABLE staff ADD COLUMN password_expires_at timestamptz;
