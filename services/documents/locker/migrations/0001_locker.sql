SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The papers. Content and thumbnail are objects of the store under `object_id`; without the row and
-- its key nobody can read them. `deleted_at` is when its citizen took it out of the locker.
-- `mandate_id` and what follows it say who uploaded a paper for its citizen: an uddokta, at a
-- centre, with a mandate for a public service; null if the citizen did. `damage` says that the
-- content cannot be read, and `scan_at` when a paper that no scanner has seen is looked at next.
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
    deleted_at timestamptz,
    mandate_id uuid,
    uploaded_by uuid,
    service_centre_id text,
    public_service_id text,
    damage text,
    scan_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT damage_is_known CHECK (damage IN ('unreadable', 'missing')),
    CONSTRAINT helped_by_somebody CHECK (
        num_nulls(mandate_id, uploaded_by, service_centre_id, public_service_id) IN (0, 4)
    )
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX documents_of_citizen ON documents (citizen_id, document_id DESC);
CREATE INDEX documents_ending ON documents (kept_until);
CREATE INDEX documents_to_scan ON documents (scan_at)
    WHERE state = 'not_scanned';
CREATE INDEX documents_oldest_to_scan ON documents (document_id)
    WHERE state = 'not_scanned' AND damage IS NULL;
CREATE INDEX documents_damaged ON documents (document_id)
    WHERE damage IS NOT NULL;
-- The same file given twice as the same kind is one paper, and another one with each mandate: else
-- an uddokta would learn what the citizen has. Who gives a damaged paper again has a new one.
CREATE UNIQUE INDEX documents_given_once
    ON documents (citizen_id, kind, source_sha256, mandate_id) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL AND damage IS NULL;

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
