SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whom operators talk to when a ministry's system is away for long. Level 1 is the focal point of
-- the ministry, level 2 the next in line. The post stays when the person changes.
CREATE TABLE focal_points (
    ministry text NOT NULL,
    level bigint NOT NULL CHECK (level IN (1, 2)),
    post text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    PRIMARY KEY (ministry, level)
);

-- What was brought to a focal point, with a mail to whoever holds the post: once, and until the
-- server has taken it. `trouble` is what keeps everything from the ministry's system, where an
-- escalation is not only about a wait.
CREATE TABLE escalations (
    escalation_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    level bigint NOT NULL CHECK (level IN (1, 2)),
    waiting_since timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    mail_due_at timestamptz DEFAULT now(),
    mail_attempts bigint NOT NULL DEFAULT 0,
    mailed_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    trouble text
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX escalations_open ON escalations (ministry, level)
    WHERE closed_at IS NULL;
CREATE INDEX escalations_to_mail ON escalations (mail_due_at)
    WHERE mailed_at IS NULL AND closed_at IS NULL;
