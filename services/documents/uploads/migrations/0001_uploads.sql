SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Files that are arriving. Name and key of the pieces are encrypted. The row stays for a while when
-- a paper was made of it, so that a repeated request finds the paper. `used_with` are all uploads
-- of which the paper was made, in the order of its pages: only a request that names these is a
-- repeat.
CREATE TABLE uploads (
    upload_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    name text,
    size_bytes bigint NOT NULL,
    received_bytes bigint NOT NULL DEFAULT 0,
    content_key text NOT NULL,
    expires_at timestamptz NOT NULL,
    document_id uuid,
    used_with uuid []
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX uploads_of_citizen ON uploads (citizen_id);
CREATE INDEX uploads_ending ON uploads (expires_at);

-- What has arrived of a file: each piece is an object of the store. Two requests that send the same
-- part meet in the key, and one of them is refused.
CREATE TABLE upload_pieces (
    upload_id uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    offset_bytes bigint NOT NULL,
    object_id uuid NOT NULL,
    PRIMARY KEY (upload_id, offset_bytes)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- How many bytes a person has uploaded in an hour, deleted ones too.
CREATE TABLE upload_bytes (
    citizen_id uuid PRIMARY KEY,
    hour timestamptz NOT NULL,
    bytes bigint NOT NULL
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX upload_bytes_ending ON upload_bytes (hour);
