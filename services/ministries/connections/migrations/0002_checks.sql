-- Reports of `adapters check` on ministries' systems, with their dates; `content` is the report as JSON.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

CREATE TABLE connection_checks (
    ministry   text NOT NULL,
    checked_at timestamptz NOT NULL,
    content    text NOT NULL,
    kept_by    text NOT NULL,
    PRIMARY KEY (ministry, checked_at)
);
