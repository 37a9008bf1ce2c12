SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- One row per application; locked before anything of the application changes, so that what is told
-- of it keeps its order.
CREATE TABLE cases (
    application_id   uuid PRIMARY KEY,
    ministry         text NOT NULL,
    case_file_number text,
    receipt_of       uuid
) WITH (fillfactor = 85);

-- One row per submission. `due_at` is set on the one of each application that is to be tried next:
-- an open row without it waits for an earlier submission of the same application.
CREATE TABLE deliveries (
    delivery_id       uuid PRIMARY KEY,
    delivery_no       bigint GENERATED ALWAYS AS IDENTITY,
    application_id    uuid NOT NULL REFERENCES cases,
    ministry          text NOT NULL,
    tracking_number   text NOT NULL,
    public_service_id text NOT NULL,
    kind              text NOT NULL CHECK (kind IN ('lodged', 'corrected', 'withdrawn')),
    form              text,
    trace_context     text,
    state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'handed_over', 'failed')),
    planned_at        timestamptz NOT NULL DEFAULT now(),
    open_since        timestamptz NOT NULL DEFAULT now(),
    due_at            timestamptz,
    claimed_by        text,
    claimed_until     timestamptz,
    attempts          bigint NOT NULL DEFAULT 0,
    tried_since       timestamptz,
    last_failure      text,
    last_failed_at    timestamptz,
    told_delay_at     timestamptz,
    closed_at         timestamptz
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);
-- The claim goes through it ministry by ministry, so a dead ministry's million rows cost nothing.
CREATE INDEX deliveries_due ON deliveries (ministry, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_of_application ON deliveries (application_id, delivery_no);
CREATE INDEX deliveries_delayed ON deliveries (planned_at)
 WHERE state = 'open' AND told_delay_at IS NULL;
CREATE INDEX deliveries_failed ON deliveries (ministry, delivery_no) WHERE state = 'failed';

-- Events that have been told, by the id that follows from delivery and content: each once.
CREATE TABLE told_events (
    event_id uuid PRIMARY KEY,
    told_at  timestamptz NOT NULL DEFAULT now()
);

-- Calls of ministries' systems that have had their effect.
CREATE TABLE webhooks (
    ministry    text NOT NULL,
    webhook_id  text NOT NULL,
    fingerprint bytea NOT NULL,
    heard_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ministry, webhook_id)
);

CREATE INDEX webhooks_heard_at ON webhooks USING brin (heard_at);

-- Our copy of the catalogue: which public service is whose.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    ministry          text NOT NULL,
    name_bn           text NOT NULL,
    name_en           text NOT NULL,
    changed_at        timestamptz NOT NULL
);
