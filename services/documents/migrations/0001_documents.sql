SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Files that are arriving. Name and key of the pieces are encrypted. The row stays for a while when a
-- paper was made of it, so that a repeated request finds the paper.
CREATE TABLE uploads (
    upload_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    name text,
    size_bytes bigint NOT NULL,
    received_bytes bigint NOT NULL DEFAULT 0,
    content_key text NOT NULL,
    expires_at timestamptz NOT NULL,
    document_id uuid
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

-- The papers. Content and thumbnail are objects of the store under `object_id`; without the row and
-- its key nobody can read them. `deleted_at` is when its citizen took it out of the locker.
CREATE TABLE documents (
    document_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    object_id uuid NOT NULL UNIQUE,
    content_key text NOT NULL,
    kind text NOT NULL,
    name text,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    pages bigint NOT NULL,
    sha256 text NOT NULL,
    source_sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('clean', 'not_scanned', 'infected')),
    uploaded_at timestamptz NOT NULL,
    valid_until date,
    kept_until timestamptz NOT NULL,
    deleted_at timestamptz
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

CREATE INDEX documents_of_citizen ON documents (citizen_id, document_id DESC);
-- The same file given twice as the same kind is one paper.
CREATE UNIQUE INDEX documents_given_once ON documents (citizen_id, kind, source_sha256)
    WHERE deleted_at IS NULL;
CREATE INDEX documents_ending ON documents (kept_until);
CREATE INDEX documents_to_scan ON documents (document_id) WHERE state = 'not_scanned';

-- Which application needs which paper; `ended_at` is when it was decided or withdrawn.
CREATE TABLE document_uses (
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    application_id uuid NOT NULL,
    tracking_number text NOT NULL,
    ministry text NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (document_id, application_id)
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

CREATE INDEX document_uses_of_application ON document_uses (application_id);

-- Who looked at the content of a paper, besides its citizen: how often and when, per application.
CREATE TABLE document_views (
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    ministry text NOT NULL,
    way text NOT NULL CHECK (way IN ('link', 'key')),
    times bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (document_id, ministry, way)
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
