SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- On which days an application for a public service was decided: at most one row a service and day.
CREATE TABLE decided_days (
    public_service_id text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (public_service_id, day)
);
