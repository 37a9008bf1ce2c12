SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Sessions of courses, with place, trainer and seats.
CREATE TABLE training_sessions (
    session_id uuid PRIMARY KEY,
    course text NOT NULL,
    version bigint NOT NULL,
    audience text NOT NULL,
    day date NOT NULL,
    place text NOT NULL,
    district text NOT NULL,
    ministry text,
    trainer_id uuid NOT NULL,
    seats bigint NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX training_sessions_by_day ON training_sessions (day);

-- Who has a seat, and whether the person came. The holder is an account, without a name.
CREATE TABLE training_seats (
    session_id uuid NOT NULL REFERENCES training_sessions,
    holder_id uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    attended_at timestamptz,
    attendance_by text,
    PRIMARY KEY (session_id, holder_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX training_seats_of_holder ON training_seats (holder_id);

-- A test for each seat: the questions follow from its id. Answers are not kept.
CREATE TABLE training_tests (
    test_id uuid PRIMARY KEY,
    session_id uuid NOT NULL,
    holder_id uuid NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    right_answers bigint,
    recorded_by text,
    recorded_at timestamptz,
    UNIQUE (session_id, holder_id),
    FOREIGN KEY (session_id, holder_id) REFERENCES training_seats
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- What a passed test gives: a number that everybody can check.
CREATE TABLE qualifications (
    number text PRIMARY KEY,
    test_id uuid NOT NULL UNIQUE REFERENCES training_tests,
    holder_id uuid NOT NULL,
    audience text NOT NULL,
    course text NOT NULL,
    version bigint NOT NULL,
    valid_from date NOT NULL,
    valid_until date NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX qualifications_of_holder ON qualifications (holder_id, course);
