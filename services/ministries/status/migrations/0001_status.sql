SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How each ministry's system does, measured by a periodic step, so that no request counts
-- deliveries. `failure` is why calls failed last.
CREATE TABLE ministry_calls (
    ministry text NOT NULL,
    replica text NOT NULL,
    circuit text NOT NULL CHECK (circuit IN ('closed', 'open', 'half_open')),
    failures_in_row bigint NOT NULL,
    answered_at timestamptz,
    failed_at timestamptz,
    p50_ms double precision,
    p99_ms double precision,
    observed_at timestamptz NOT NULL,
    failure text,
    PRIMARY KEY (ministry, replica)
);

-- `announced` is the content of the last event as JSON; the next one has another content. `trouble`
-- is why the system is down, where more is known than silence.
CREATE TABLE ministry_status (
    ministry text PRIMARY KEY,
    state text NOT NULL,
    since timestamptz NOT NULL,
    waiting bigint NOT NULL,
    oldest_waiting_since timestamptz,
    oldest_delivery_id uuid,
    attempts bigint NOT NULL,
    last_failure text,
    next_attempt_at timestamptz,
    measured_at timestamptz NOT NULL,
    announced text NOT NULL,
    announced_at timestamptz NOT NULL,
    trouble text
);
