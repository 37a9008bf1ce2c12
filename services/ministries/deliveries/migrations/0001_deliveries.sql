SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- An application at a ministry; locked before anything of it changes, so that what is announced of
-- it keeps its order. What has been announced stands in its row, which is written anyway: a table
-- of all ids grew for ever. Of an erased citizen's application no case file number and no note is
-- stored again.
CREATE TABLE applications (
    application_id uuid NOT NULL,
    ministry text NOT NULL,
    case_file_number text,
    received_delivery_id uuid,
    announced_event_ids uuid [] NOT NULL DEFAULT '{}',
    erased boolean NOT NULL DEFAULT false,
    PRIMARY KEY (application_id, ministry)
) WITH (
    fillfactor = 85,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- One row per submission. `due_at` is set on the one of each application that is to be tried next:
-- an open row without it waits for an earlier submission of the same application. `documents`,
-- `mandate` and `office` are JSON as text: the papers, how the citizen agreed that an uddokta
-- submits, and the responsible office. `moved_to` is the ministry that decides instead, where a
-- withdrawal is not the citizen's. A moved application is with two ministries one after the other:
-- their deliveries do not wait for one another. `unconfirmed_at`: an answer of the ministry was
-- lost; it may have the submission, and is asked before it is sent again. `handed_over_no` is the
-- place of a delivery among those that the ministry has, in the order of their hand-over; it goes
-- together with the form, when the ministry can ask for it no more.
CREATE TABLE deliveries (
    delivery_id uuid PRIMARY KEY,
    delivery_no bigint GENERATED ALWAYS AS IDENTITY,
    application_id uuid NOT NULL,
    ministry text NOT NULL,
    tracking_number text NOT NULL,
    public_service_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('lodged', 'corrected', 'withdrawn')),
    form text,
    trace_context text,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'handed_over', 'failed')),
    planned_at timestamptz NOT NULL DEFAULT now(),
    open_since timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    attempts bigint NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    last_failure text,
    last_failed_at timestamptz,
    delay_announced_at timestamptz,
    closed_at timestamptz,
    form_version bigint,
    form_origin text,
    service_centre_id text,
    applicant_id uuid,
    actor_id uuid,
    documents text,
    unconfirmed_at timestamptz,
    mandate text,
    office text,
    moved_to text,
    handed_over_no bigint,
    FOREIGN KEY (application_id, ministry) REFERENCES applications
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- The claim goes through it ministry by ministry, so a dead ministry's million rows cost nothing.
CREATE INDEX deliveries_due ON deliveries (ministry, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_of_application ON deliveries (application_id, delivery_no);
CREATE INDEX deliveries_delayed ON deliveries (planned_at)
    WHERE state = 'open' AND delay_announced_at IS NULL;
CREATE INDEX deliveries_failed ON deliveries (ministry, delivery_no)
    WHERE state = 'failed';
-- What is kept, the oldest of each ministry first.
CREATE INDEX deliveries_handed_over ON deliveries (ministry, handed_over_no)
    WHERE handed_over_no IS NOT NULL;
-- Finds what is to be deleted.
CREATE INDEX deliveries_of_applicant ON deliveries (applicant_id);
-- Counts what waits for a ministry and finds the oldest of it without reading the rest of the
-- table.
CREATE INDEX deliveries_waiting ON deliveries (ministry, planned_at)
    WHERE state = 'open';

-- The places of all ministries' hand-overs.
CREATE SEQUENCE handed_over_numbers;
