-- A message goes over one channel, and says which. There is one channel so far.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE messages ADD COLUMN channel text NOT NULL DEFAULT 'sms';

-- The template for a delay that the platform causes says so.
UPDATE messages SET template = 'delayed_by_platform' WHERE template = 'held_up';
