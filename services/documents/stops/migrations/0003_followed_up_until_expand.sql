SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The last day for an objection to the refusal of an application, until which its uddokta gives
-- papers for one; null while it is open.
ALTER TABLE followed_up ADD COLUMN last_day date;
