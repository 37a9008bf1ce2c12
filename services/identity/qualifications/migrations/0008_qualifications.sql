SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Until when an account is qualified by a course, as the programme announced it last.
CREATE TABLE qualifications (
    holder_id uuid NOT NULL,
    course text NOT NULL,
    until date NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (holder_id, course)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- From which day on nobody of an audience acts without a course: a handful of rows.
CREATE TABLE needed_courses (
    audience text NOT NULL,
    course text NOT NULL,
    needed_from date NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (audience, course)
);
