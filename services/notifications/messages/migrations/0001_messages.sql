SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Where citizens are reached, as identity last said. A row without a phone is a citizen not heard
-- of yet (a message came first), or one whose data was erased.
CREATE TABLE contacts (
    citizen_id uuid PRIMARY KEY,
    phone text,
    language text NOT NULL DEFAULT 'bn',
    erased boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- One row per message, over one channel. Neither number nor text stands here: both are found when
-- it is sent. `application_id` is null for one-time codes, whose number and code wait in `codes`,
-- and for notices. `due_at` is null while the citizen's contact is not known; `changed_at` is since
-- when it is in its state. A notice about an account or a mandate has a lane of its own, so that no
-- login code waits behind ten thousand of them. `runs`: an operator sends a message again that the
-- provider has refused or reported as not delivered. Under its first key the provider would repeat
-- its first answer and send nothing, so each such run has a key of its own. A message whose fate is
-- not known keeps its key, so that it is sent once.
CREATE TABLE messages (
    message_id uuid PRIMARY KEY,
    message_number bigint GENERATED ALWAYS AS IDENTITY,
    citizen_id uuid NOT NULL,
    application_id uuid,
    template text NOT NULL,
    tracking_number text NOT NULL DEFAULT '',
    public_service_id text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'queued',
    reason text,
    due_at timestamptz,
    claimed_by text,
    claimed_until timestamptz,
    attempts bigint NOT NULL DEFAULT 0,
    trace_context text,
    created_at timestamptz NOT NULL DEFAULT now(),
    channel text NOT NULL DEFAULT 'sms',
    changed_at timestamptz,
    is_notice boolean NOT NULL DEFAULT false,
    runs bigint NOT NULL DEFAULT 1,
    CONSTRAINT messages_state CHECK (
        state IN ('queued', 'sent', 'delivered', 'failed', 'expired', 'cancelled')
    )
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
-- A claim reads the queue channel by channel, so that what waits for a closed one is not read.
CREATE INDEX messages_due ON messages (channel, due_at, message_number)
    WHERE state = 'queued' AND application_id IS NOT NULL;
CREATE INDEX messages_of_application ON messages (application_id, channel, message_number)
    WHERE state = 'queued' AND application_id IS NOT NULL;
CREATE INDEX messages_created ON messages (created_at);
CREATE INDEX messages_by_citizen ON messages (citizen_id, message_number);
CREATE INDEX codes_due ON messages (due_at, message_number)
    WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice;
CREATE INDEX notices_due ON messages (due_at, message_number)
    WHERE state = 'queued' AND is_notice;
CREATE INDEX notices_queued ON messages (created_at)
    WHERE state = 'queued' AND is_notice;
-- Whenever the planner looks in a quiet hour hardly a message is queued. From then on each index of
-- the queue costs nothing by its reckoning, and it reads all of the wrong one for each message of a
-- batch (measured with a million applications stored: PostgreSQL's CPU doubled). Without statistics
-- of the state it takes one row in two hundred for queued, and goes by the key that it is given.
ALTER TABLE messages ALTER COLUMN state SET STATISTICS 0;
