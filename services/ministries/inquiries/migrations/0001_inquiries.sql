-- Applications whose decision a ministry has to be asked for, until it is known.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

CREATE TABLE inquiries (
    application_id  uuid PRIMARY KEY,
    ministry        text NOT NULL,
    tracking_number text NOT NULL,
    asked_at        timestamptz NOT NULL DEFAULT '-infinity'
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX inquiries_by_turn ON inquiries (ministry, asked_at);

-- When a ministry is asked next.
CREATE TABLE questions (
    ministry      text PRIMARY KEY,
    every_s       double precision NOT NULL,
    at_once       bigint NOT NULL,
    due_at        timestamptz NOT NULL DEFAULT now(),
    claimed_by    text,
    claimed_until timestamptz,
    attempts      bigint NOT NULL DEFAULT 0
);
