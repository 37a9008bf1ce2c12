SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The programme as it was at the end of a week; rows are only added. `figures` is JSON for those who
-- lead. `is_recounted`: the applications of the last day were counted again, and none was missing.
CREATE TABLE snapshots (
    week_ends date PRIMARY KEY,
    taken_at timestamptz NOT NULL,
    is_recounted boolean NOT NULL,
    figures text NOT NULL
);

-- The files that everybody may have of a week, as they were published; rows are only added.
CREATE TABLE snapshot_files (
    week_ends date NOT NULL,
    name text NOT NULL,
    content text NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (week_ends, name)
);
