-- An escalation is also a mail to whoever holds the post: once, and until the server has taken it.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE escalations ADD COLUMN mail_due_at timestamptz DEFAULT now();
ALTER TABLE escalations ADD COLUMN mail_attempts bigint NOT NULL DEFAULT 0;
ALTER TABLE escalations ADD COLUMN mailed_at timestamptz;
ALTER TABLE escalations ADD COLUMN claimed_by text;
ALTER TABLE escalations ADD COLUMN claimed_until timestamptz;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX escalations_to_mail ON escalations (mail_due_at)
 WHERE mailed_at IS NULL AND closed_at IS NULL;
