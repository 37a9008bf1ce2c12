SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who answers for ministries, and the posts above, as the programme announced them last: encrypted.
CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    ministry text NOT NULL UNIQUE,
    announced_at timestamptz NOT NULL,
    people text NOT NULL
);

-- Mails about overdue cases of a ministry: one a day for each post at most. Which cases, is read when
-- the mail is sent.
CREATE TABLE overdue_mails (
    mail_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    rung text NOT NULL CHECK (rung IN ('focal_point', 'joint_secretary')),
    day date NOT NULL,
    planned_at timestamptz NOT NULL,
    mail_due_at timestamptz NOT NULL DEFAULT now(),
    mail_attempts bigint NOT NULL DEFAULT 0,
    mailed_at timestamptz,
    ended_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    UNIQUE (ministry, rung, day)
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX overdue_mails_to_send ON overdue_mails (mail_due_at)
    WHERE mailed_at IS NULL AND ended_at IS NULL;

-- The rungs that overdue cases have come to: once for each last day and rung.
CREATE TABLE overdue_rungs (
    case_id uuid NOT NULL REFERENCES cases,
    due_on date NOT NULL,
    rung text NOT NULL CHECK (rung IN ('officer', 'superior', 'focal_point', 'joint_secretary')),
    ministry text NOT NULL,
    reached_at timestamptz NOT NULL,
    mail_id uuid REFERENCES overdue_mails,
    PRIMARY KEY (case_id, due_on, rung)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX overdue_rungs_to_mail ON overdue_rungs (ministry, rung) WHERE mail_id IS NULL;
CREATE INDEX overdue_rungs_of_mail ON overdue_rungs (mail_id) WHERE mail_id IS NOT NULL;
