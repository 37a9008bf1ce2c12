SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Which reminder was due for a step of a body, and whether its mail was sent: once for each last day
-- and rung. `recipient` is the address, encrypted, while the mail waits; null if none is known.
CREATE TABLE reminders (
    reminder_id uuid PRIMARY KEY,
    body text NOT NULL,
    step text NOT NULL,
    due_on date NOT NULL,
    rung text NOT NULL,
    planned_at timestamptz NOT NULL,
    post text,
    recipient text,
    mail_due_at timestamptz NOT NULL DEFAULT now(),
    mail_attempts bigint NOT NULL DEFAULT 0,
    mailed_at timestamptz,
    ended_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    UNIQUE (body, step, due_on, rung)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX reminders_to_mail ON reminders (mail_due_at)
    WHERE mailed_at IS NULL AND ended_at IS NULL;

-- The posts that late steps of a body are brought to; the address is encrypted.
CREATE TABLE superiors (
    superior_id uuid PRIMARY KEY,
    body text NOT NULL,
    superior text NOT NULL CHECK (superior IN ('joint_secretary', 'secretary')),
    post text NOT NULL,
    mail text NOT NULL,
    evidence text NOT NULL,
    set_at timestamptz NOT NULL,
    UNIQUE (body, superior)
);
