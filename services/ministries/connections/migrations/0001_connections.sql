SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How each ministry's system is connected. A change is a new version; no row is ever changed, so
-- the table is its own audit log. A ministry without a row, or whose newest row has no connection,
-- has the default one.
CREATE TABLE connections (
    ministry text NOT NULL,
    version bigint NOT NULL,
    connection text,
    is_stopped boolean NOT NULL,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ministry, version)
);

-- Reports of `adapters check` on ministries' systems, with their dates; `content` is the report as
-- JSON.
CREATE TABLE connection_checks (
    ministry text NOT NULL,
    checked_at timestamptz NOT NULL,
    content text NOT NULL,
    kept_by text NOT NULL,
    PRIMARY KEY (ministry, checked_at)
);
