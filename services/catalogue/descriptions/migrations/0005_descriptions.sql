SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a public service is, as two people published it; `content` is JSON as text. The reference is
-- version 1 and has no row. No row is ever changed: a later version holds from its own day on.
CREATE TABLE service_versions (
    public_service_id text NOT NULL REFERENCES public_services,
    version bigint NOT NULL CHECK (version > 1),
    valid_from date NOT NULL,
    content text NOT NULL,
    published_at timestamptz NOT NULL,
    proposed_by text NOT NULL,
    published_by text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (public_service_id, version),
    CONSTRAINT service_published_by_another CHECK (proposed_by <> published_by)
);

-- What is being written: one draft of the next version.
CREATE TABLE service_drafts (
    public_service_id text PRIMARY KEY REFERENCES public_services,
    content text NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_by text NOT NULL
);

-- What one person stopped; it holds until a version comes that was published afterwards.
CREATE TABLE service_stops (
    public_service_id text NOT NULL REFERENCES public_services,
    kind text NOT NULL CHECK (kind IN ('closed', 'ask_office')),
    stopped_at timestamptz NOT NULL,
    stopped_by text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (public_service_id, kind, stopped_at)
);
