-- How each ministry's system is connected. A change is a new version; no row is ever changed, so the
-- table is its own audit log. A ministry without a row, or whose newest row has no connection, has the
-- default one.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

CREATE TABLE connections (
    ministry   text NOT NULL,
    version    bigint NOT NULL,
    connection text,
    is_stopped boolean NOT NULL,
    reason     text NOT NULL,
    set_by     text NOT NULL,
    set_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ministry, version)
);
