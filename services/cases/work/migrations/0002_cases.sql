SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A case (নথি) as it stands: the row that every change updates, hence narrow. `case_id` is the id of
-- the submission that opened it: an application that is moved away and comes back is a new case.
-- `revision` grows with each change, and is what an officer's page names. `state` is the case as
-- `libs/workflows` has it, encrypted. `office` is the responsible office as the submission named it,
-- `shown` the step that its citizen was told last, both JSON. `due_on` is the workflow's last day for
-- the whole case. `attempt` and `other_open` are facts of the day on which it came.
CREATE TABLE cases (
    case_id uuid PRIMARY KEY,
    application_id uuid NOT NULL,
    tracking_number text NOT NULL,
    public_service_id text NOT NULL,
    ministry text NOT NULL,
    citizen_id uuid NOT NULL,
    workflow text NOT NULL,
    version bigint NOT NULL,
    step text NOT NULL,
    visit bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'correction', 'ended')),
    outcome text CHECK (outcome IN ('approved', 'refused', 'withdrawn', 'lapsed')),
    revision bigint NOT NULL,
    state text NOT NULL,
    office text,
    shown text,
    waits_for text,
    submitted_at timestamptz NOT NULL,
    due_on date NOT NULL,
    attempt bigint NOT NULL,
    other_open bigint NOT NULL,
    trace_context text,
    closed_at timestamptz,
    erased boolean NOT NULL DEFAULT false,
    CHECK ((status = 'ended') = (closed_at IS NOT NULL)),
    CHECK ((status = 'ended') = (outcome IS NOT NULL)),
    CHECK ((status = 'ended') = (waits_for IS NULL))
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- One open case of an application at most; its corrections and its withdrawal go there.
CREATE UNIQUE INDEX cases_open ON cases (application_id) WHERE status <> 'ended';
CREATE INDEX cases_of_application ON cases (application_id);
CREATE INDEX cases_of_citizen ON cases (citizen_id, public_service_id);
CREATE INDEX cases_by_number ON cases (tracking_number);

-- What was submitted for a case: never changed, and read when a case is opened only. `form` is JSON,
-- encrypted; `documents` and `mandate` are JSON.
CREATE TABLE case_content (
    case_id uuid NOT NULL REFERENCES cases,
    submission_id uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    form_version bigint NOT NULL,
    form_origin text NOT NULL,
    form text NOT NULL,
    documents text,
    mandate text,
    PRIMARY KEY (case_id, submission_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- What happened, append only: replayed in its order it gives `state`. `detail` is the event of
-- `libs/workflows` with what the rules saw, and what the officer wrote to the citizen; encrypted.
CREATE TABLE history (
    case_id uuid NOT NULL REFERENCES cases,
    entry_id uuid NOT NULL,
    entry_no bigint NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    actor_id uuid,
    office_id text,
    detail text NOT NULL,
    PRIMARY KEY (case_id, entry_id),
    UNIQUE (case_id, entry_no)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- Clocks that run. Who selects those that have run out asks for no earliest time: one that is late
-- runs out too. One of a visit that is over is not here any more.
CREATE TABLE timers (
    case_id uuid NOT NULL REFERENCES cases,
    kind text NOT NULL CHECK (kind IN ('timeout', 'escalation', 'correction')),
    visit bigint NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, kind)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX timers_due ON timers (due_at);

-- On which of two sides somebody acted where nobody may act on both: the key holds it.
CREATE TABLE sides (
    case_id uuid NOT NULL REFERENCES cases,
    steps text NOT NULL,
    actor_id uuid NOT NULL,
    step text NOT NULL,
    PRIMARY KEY (case_id, steps, actor_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
