SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- `damage` says that the content of a paper cannot be read, and `scan_at` when one that no scanner
-- has seen is looked at next.
ALTER TABLE documents
    ADD COLUMN damage text,
    ADD COLUMN scan_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT damage_is_known CHECK (damage IN ('unreadable', 'missing')) NOT VALID;

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX documents_to_scan;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX documents_to_scan ON documents (scan_at) WHERE state = 'not_scanned';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX documents_oldest_to_scan ON documents (document_id)
    WHERE state = 'not_scanned' AND damage IS NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX documents_damaged ON documents (document_id) WHERE damage IS NOT NULL;

-- Who gives a damaged paper again has a new one.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX documents_given_once;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX documents_given_once
    ON documents (citizen_id, kind, source_sha256, mandate_id) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL AND damage IS NULL;
