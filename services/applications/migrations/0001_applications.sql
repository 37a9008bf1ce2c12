SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The case as it stands: the row that is locked and changed, hence narrow. What the citizen wrote
-- is in `submissions`, what happened in `timeline`. Room is left on each page so that a change
-- stays on the page of its row.
CREATE TABLE applications (
    application_id uuid PRIMARY KEY,
    tracking_number text NOT NULL,
    citizen_id uuid NOT NULL,
    public_service_id text NOT NULL,
    ministry text NOT NULL,
    status text NOT NULL CHECK (status IN (
        'submitted', 'with_ministry', 'correction_requested', 'approved', 'refused', 'withdrawn'
    )),
    submitted_at timestamptz NOT NULL,
    due_on date,
    service_centre_id text,
    overdue boolean NOT NULL DEFAULT false,
    delayed boolean NOT NULL DEFAULT false,
    case_file_number text,
    note_bn text,
    note_en text,
    trace_context text
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX applications_tracking_number ON applications (tracking_number);
-- "My applications", newest first: ids grow with time.
CREATE INDEX applications_of_citizen ON applications (citizen_id, application_id DESC);
-- Only what can become overdue; the statement that looks for it repeats the condition word by word.
CREATE INDEX applications_running_out ON applications (due_on)
    WHERE NOT overdue AND status IN ('submitted', 'with_ministry');

-- Snapshots of what the citizen handed in, never changed; `form` is JSON as text.
CREATE TABLE submissions (
    application_id uuid NOT NULL,
    submission_id uuid NOT NULL,
    handed_in_at timestamptz NOT NULL,
    form_version bigint NOT NULL,
    form text NOT NULL,
    PRIMARY KEY (application_id, submission_id)
);

-- Append only. A repeat of an event meets its own row; an event belongs to one application, so the
-- key also reads a timeline in one range. No foreign key: its check would lock the case's row, and
-- news of an SMS must never wait for a decision.
CREATE TABLE timeline (
    application_id uuid NOT NULL,
    event_id uuid NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    happened_at timestamptz NOT NULL,
    outcome text,
    note_bn text,
    note_en text,
    trace_id text,
    PRIMARY KEY (application_id, event_id)
);

-- The catalogue's public services as last told; `form_schema` and `form_rules` are JSON as text,
-- which keeps the order of the fields.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    ministry text NOT NULL,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    service_deadline_days bigint,
    form_version bigint NOT NULL,
    form_schema text NOT NULL,
    form_rules text NOT NULL,
    open boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    event_id uuid NOT NULL
);
