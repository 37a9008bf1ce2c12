SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A copy of how ministries' systems do, and how many applications were decided within the charter's
-- days; both small, so that no request counts applications. `content` is the event's as JSON.
CREATE TABLE ministry_statuses (
    ministry text PRIMARY KEY,
    changed_at timestamptz NOT NULL,
    content text NOT NULL
);

CREATE TABLE due_counts (
    due_on date NOT NULL,
    ministry text NOT NULL,
    due bigint NOT NULL,
    in_time bigint NOT NULL,
    PRIMARY KEY (due_on, ministry)
);
