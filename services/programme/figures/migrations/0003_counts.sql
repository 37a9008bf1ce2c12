SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How often something happened to applications, by day in Dhaka, public service and ministry. No
-- application and no citizen is named.
CREATE TABLE counts (
    day date NOT NULL,
    public_service_id text NOT NULL,
    ministry text NOT NULL,
    metric text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (day, public_service_id, ministry, metric)
);
