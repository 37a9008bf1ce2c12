SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What citizens said of decided applications, once each.
CREATE TABLE feedback (
    application_id uuid PRIMARY KEY REFERENCES applications,
    public_service_id text NOT NULL,
    month date NOT NULL,
    rating bigint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment text,
    given_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- How often each rating was given, counted in the transaction that keeps the feedback.
CREATE TABLE feedback_counts (
    public_service_id text NOT NULL,
    month date NOT NULL,
    rating bigint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (public_service_id, month, rating)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
