SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The papers of officers, each of a case and of no citizen's locker. `citizen_id` is whose case it
-- is, null once the case is sealed. `kept_until` is null while the case has it.
CREATE TABLE case_papers (
    document_id uuid PRIMARY KEY,
    case_id uuid NOT NULL,
    citizen_id uuid,
    officer_id uuid NOT NULL,
    office_id text NOT NULL,
    object_id uuid NOT NULL UNIQUE,
    content_key text NOT NULL,
    kind text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    pages bigint NOT NULL,
    sha256 text NOT NULL,
    source_sha256 text NOT NULL,
    state text NOT NULL CHECK (state IN ('clean', 'not_scanned')),
    damage text CHECK (damage IN ('unreadable', 'missing')),
    uploaded_at timestamptz NOT NULL,
    kept_until timestamptz
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX case_papers_of_case ON case_papers (case_id);
CREATE INDEX case_papers_of_citizen ON case_papers (citizen_id) WHERE citizen_id IS NOT NULL;
CREATE INDEX case_papers_of_officer ON case_papers (officer_id, uploaded_at);
CREATE INDEX case_papers_of_office ON case_papers (office_id, uploaded_at);
CREATE INDEX case_papers_ending ON case_papers (kept_until) WHERE kept_until IS NOT NULL;
CREATE INDEX case_papers_damaged ON case_papers (document_id) WHERE damage IS NOT NULL;

-- Cases that take no paper any more, for a day: a right to send one ends before that.
CREATE TABLE settled_cases (
    case_id uuid PRIMARY KEY,
    settled_at timestamptz NOT NULL
);
CREATE INDEX settled_cases_ending ON settled_cases (settled_at);

-- Confirmations of erasures that wait until cases has said which papers stay with their cases.
CREATE TABLE waiting_confirmations (
    citizen_id uuid PRIMARY KEY,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    deleted text NOT NULL
);
