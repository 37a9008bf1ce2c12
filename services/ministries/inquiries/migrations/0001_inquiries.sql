SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Applications whose decision a ministry has to be asked for, until it is known; a moved one is
-- asked for at its new ministry too. `answered_at`: since when the ministry has said nothing about
-- it that can be used. `withdrawn_at`: when the ministry had read a withdrawal; it is asked once
-- more, for a decision made before.
CREATE TABLE inquiries (
    application_id uuid NOT NULL,
    ministry text NOT NULL,
    tracking_number text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT '-infinity',
    answered_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    PRIMARY KEY (application_id, ministry)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX inquiries_by_turn ON inquiries (ministry, asked_at);
CREATE INDEX inquiries_by_answer ON inquiries (ministry, answered_at);

-- When a ministry is asked next.
CREATE TABLE questions (
    ministry text PRIMARY KEY,
    every_s double precision NOT NULL,
    at_once bigint NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    claimed_by text,
    claimed_until timestamptz,
    attempts bigint NOT NULL DEFAULT 0
);
