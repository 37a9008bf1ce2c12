SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Mails other than reminders: once each. `content` is JSON, without a person. `recipient` is the
-- address, encrypted, while the mail waits. What is not due any more and was not sent is deleted.
CREATE TABLE mails (
    mail_id uuid PRIMARY KEY,
    kind text NOT NULL,
    content text NOT NULL,
    recipient text,
    planned_at timestamptz NOT NULL,
    mail_due_at timestamptz NOT NULL DEFAULT now(),
    mail_attempts bigint NOT NULL DEFAULT 0,
    mailed_at timestamptz,
    claimed_by text,
    claimed_until timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX mails_to_send ON mails (mail_due_at) WHERE mailed_at IS NULL;
CREATE INDEX mails_claimed ON mails (claimed_by) WHERE claimed_by IS NOT NULL;
