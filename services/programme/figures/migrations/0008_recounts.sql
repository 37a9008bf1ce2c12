SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The applications of a day as their owner counted them again from its rows, the newest count; and
-- when that was, also of a day without any.
CREATE TABLE recounted_days (
    day date PRIMARY KEY,
    counted_at timestamptz NOT NULL
);
CREATE TABLE recounts (
    day date NOT NULL,
    public_service_id text NOT NULL,
    submitted bigint NOT NULL,
    PRIMARY KEY (day, public_service_id)
);
