SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Deliveries of ministries that exchange files. A delivery in a batch is open and not due: an
-- answer in a file of the ministry closes it.
CREATE TABLE batches (
    ministry text NOT NULL,
    batch_no bigint NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (ministry, batch_no)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX batches_to_send ON batches (ministry, batch_no)
    WHERE sent_at IS NULL;

CREATE TABLE batch_rows (
    ministry text NOT NULL,
    batch_no bigint NOT NULL,
    row_no bigint NOT NULL,
    delivery_id uuid NOT NULL,
    case_file_number text,
    answered_at timestamptz,
    PRIMARY KEY (ministry, batch_no, row_no),
    FOREIGN KEY (ministry, batch_no) REFERENCES batches
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX batch_rows_of_delivery ON batch_rows (delivery_id);
CREATE INDEX batch_rows_open ON batch_rows (ministry, batch_no)
    WHERE answered_at IS NULL;

-- Files of ministries whose rows are recorded, until they are put aside on the ministry's server. A
-- file may be saved again under its name before that, so the SHA-256 of the recorded content is
-- kept.
CREATE TABLE read_files (
    ministry text NOT NULL,
    name text NOT NULL,
    is_refused boolean NOT NULL,
    report text NOT NULL,
    sha256 text,
    PRIMARY KEY (ministry, name)
);

-- When files are exchanged with a ministry next, and when they were last. `failure` is the class of
-- the last failure, which says whether the server lets the platform in.
CREATE TABLE exchanges (
    ministry text PRIMARY KEY,
    every_s double precision NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    claimed_by text,
    claimed_until timestamptz,
    attempts bigint NOT NULL DEFAULT 0,
    failure text,
    answered_at timestamptz
);
