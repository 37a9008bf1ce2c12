SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- An application as it stands: the row that is locked and changed, hence narrow. What the citizen
-- wrote is in `submissions`, what happened in `timeline`. Room is left on each page so that a
-- change stays on the page of its row. An application keeps the adapter that served its ministry
-- when it was submitted, so that one adapter alone hands over all of it, in order. While it waits
-- for something, its submission waits in `submissions`; today that is the adapter of a ministry
-- that is not connected. `office` is the responsible office as JSON, `form_origin` says who made
-- the form that was filled in, and `former_ministries` are those that it was with before it was
-- moved. `erased`: without a person; forms, notes and comments are gone, and citizen_id is drawn by
-- lot.
CREATE TABLE applications (
    application_id uuid PRIMARY KEY,
    tracking_number text NOT NULL,
    citizen_id uuid NOT NULL,
    public_service_id text NOT NULL,
    ministry text NOT NULL,
    status text NOT NULL CHECK (
        status IN ('submitted', 'with_ministry', 'correction_requested', 'approved', 'refused',
        'withdrawn')
    ),
    submitted_at timestamptz NOT NULL,
    due_on date,
    service_centre_id text,
    overdue boolean NOT NULL DEFAULT false,
    delayed boolean NOT NULL DEFAULT false,
    case_file_number text,
    note_bn text,
    note_en text,
    trace_context text,
    adapter text NOT NULL DEFAULT 'hosted',
    waits_for text CHECK (waits_for IN ('citizen', 'payment', 'office', 'adapter')),
    office text,
    form_origin text NOT NULL DEFAULT 'this_project',
    former_ministries text [] NOT NULL DEFAULT '{}',
    erased boolean NOT NULL DEFAULT false
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX applications_by_tracking_number ON applications (tracking_number);
-- "My applications", newest first: ids grow with time.
CREATE INDEX applications_by_citizen ON applications (citizen_id, application_id DESC);
-- Only what can become overdue; the statement that looks for it repeats the condition word by word.
CREATE INDEX applications_by_due_date ON applications (due_on)
    WHERE NOT overdue AND status IN ('submitted', 'with_ministry');
-- Only applications that wait for their ministry; the statement that looks for them repeats the
-- condition.
CREATE INDEX applications_not_handed_over ON applications (ministry, application_id)
    WHERE waits_for = 'adapter' AND status = 'submitted';
-- Finds what was due on one day.
CREATE INDEX applications_by_day_due ON applications (due_on)
    WHERE due_on IS NOT NULL;

-- What the citizen submitted, never changed; `form` is JSON as text. `documents` are its papers as
-- their receipts had them, JSON as text; null where it has none. A correction may name them again
-- without a receipt.
CREATE TABLE submissions (
    application_id uuid NOT NULL,
    submission_id uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    form_version bigint NOT NULL,
    form text NOT NULL,
    documents text,
    PRIMARY KEY (application_id, submission_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- Append only. A repeat of an event meets its own row; an event belongs to one application, so the
-- key also reads a timeline in one range. No foreign key: its check would lock the application's
-- row, and the failure of an SMS must never wait for a decision. `cause` of a delay: the ministry
-- or we.
CREATE TABLE timeline (
    application_id uuid NOT NULL,
    event_id uuid NOT NULL,
    entry_number bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    outcome text,
    note_bn text,
    note_en text,
    trace_id text,
    cause text,
    PRIMARY KEY (application_id, event_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
