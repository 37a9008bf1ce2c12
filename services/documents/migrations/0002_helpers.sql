SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who uploaded a paper for its citizen: an uddokta, at a centre, with a mandate for a public service.
-- Null if the citizen did.
ALTER TABLE documents
    ADD COLUMN mandate_id uuid,
    ADD COLUMN uploaded_by uuid,
    ADD COLUMN service_centre_id text,
    ADD COLUMN public_service_id text,
    ADD CONSTRAINT helped_by_somebody CHECK (
        num_nulls(mandate_id, uploaded_by, service_centre_id, public_service_id) IN (0, 4)) NOT VALID;

-- The same file given twice as the same kind is one paper, and another one with each mandate: else
-- an uddokta would learn what the citizen has.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX documents_given_once;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX documents_given_once
    ON documents (citizen_id, kind, source_sha256, mandate_id) NULLS NOT DISTINCT
    WHERE deleted_at IS NULL;

-- The open applications that an uddokta follows up.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX document_uses_open ON document_uses (tracking_number) WHERE ended_at IS NULL;
