SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Where citizens are reached, as identity last said. A row without a phone is a citizen not heard
-- of yet (a message came first), or one whose data was erased.
CREATE TABLE contacts (
    citizen_id uuid PRIMARY KEY,
    phone      text,
    language   text NOT NULL DEFAULT 'bn',
    erased     boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT '-infinity'
);

-- What public services are called, as the catalogue last said.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    name_bn           text NOT NULL,
    name_en           text NOT NULL,
    changed_at        timestamptz NOT NULL
);

-- One row per SMS. Neither number nor text stands here: both are found when it is sent.
-- application_id is null for one-time codes, whose number and code wait in `codes`.
-- due_at is null while the citizen's contact is not known.
CREATE TABLE messages (
    message_id        uuid PRIMARY KEY,
    message_number    bigint GENERATED ALWAYS AS IDENTITY,
    citizen_id        uuid NOT NULL,
    application_id    uuid,
    template          text NOT NULL,
    tracking_number   text NOT NULL DEFAULT '',
    public_service_id text NOT NULL DEFAULT '',
    state             text NOT NULL DEFAULT 'queued',
    reason            text,
    due_at            timestamptz,
    claimed_by        text,
    claimed_until     timestamptz,
    attempts          bigint NOT NULL DEFAULT 0,
    trace_context     text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT messages_state CHECK (
        state IN ('queued', 'sent', 'delivered', 'failed', 'expired', 'cancelled')
    )
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX messages_due ON messages (due_at, message_number)
 WHERE state = 'queued' AND application_id IS NOT NULL;
CREATE INDEX messages_of_application ON messages (application_id, message_number)
 WHERE state = 'queued' AND application_id IS NOT NULL;
CREATE INDEX messages_of_citizen ON messages (citizen_id) WHERE state = 'queued';
CREATE INDEX codes_due ON messages (due_at, message_number)
 WHERE state = 'queued' AND application_id IS NULL;
CREATE INDEX messages_claimed ON messages (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX messages_created ON messages (created_at);

-- What a one-time code's message needs, and nothing after it: the row goes when the provider has
-- the message, or when the code is worthless.
CREATE TABLE codes (
    message_id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    phone      text NOT NULL,
    language   text NOT NULL,
    code       text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX codes_expire ON codes (expires_at);
