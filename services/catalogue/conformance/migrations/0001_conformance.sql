SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Reports of the conformance kit, with the date of the check; `content` is the report as JSON.
CREATE TABLE conformance_reports (
    body_id text NOT NULL,
    checked_at timestamptz NOT NULL,
    passed boolean NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (body_id, checked_at)
);
