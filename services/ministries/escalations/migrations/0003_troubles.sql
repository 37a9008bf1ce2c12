-- What keeps everything from the ministry's system, where an escalation is not only about a wait.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE escalations ADD COLUMN trouble text;
