SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Events on their way to Kafka; a row goes when the broker has acknowledged it. It is vacuumed
-- after 5,000 events, and then has many pages.
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    record_key bytea,
    record_value bytea,
    headers bytea NOT NULL
) WITH (
    fillfactor = 100,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- Rows of the outbox whose destination cannot be written now, set aside so that the relay does not
-- read them again in every round. Partition -1 stands for the whole topic.
CREATE TABLE outbox_blocked (
    topic text NOT NULL,
    topic_partition bigint NOT NULL,
    outbox_id bigint NOT NULL,
    record_key bytea,
    record_value bytea,
    headers bytea NOT NULL,
    blocked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, topic_partition, outbox_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);

-- The number of partitions over which the relay spreads the keys of a topic. It follows the
-- broker's only when every reader has read what was written with the old number.
CREATE TABLE outbox_partitions (
    topic text PRIMARY KEY,
    partitions bigint NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- Events that have had their effect; kept longer than any redelivery can take. Statistics as for
-- all tables that grow (decision 15).
CREATE TABLE inbox (
    event_key uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

-- The next offset of each partition, written in the transaction of the effects: what Kafka says a
-- group has read is compared with it (decision 63). Few rows, each changed with every batch, so
-- that there is room for the change on its page.
CREATE TABLE group_offsets (
    consumer_group text NOT NULL,
    topic text NOT NULL,
    topic_partition bigint NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic, topic_partition)
) WITH (
    fillfactor = 20,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- What could not be processed, unchanged, with why and since when: a record (it has a topic), an
-- event that could not be published (it has an outbox_id), or a job that failed for good (it has a
-- job type). `announced_at` is when the citizen was told of the delay. The place of a record is not
-- its identity: a topic that was deleted and made again has the same offsets again.
CREATE TABLE dead_letters (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text,
    topic_partition bigint,
    topic_offset bigint,
    record_key bytea,
    record_value bytea,
    headers bytea NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    attempts bigint NOT NULL,
    blocks boolean NOT NULL,
    trace_context text,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_how text,
    job_type text,
    job_key text,
    destination text,
    announced_at timestamptz,
    record_digest bytea NOT NULL DEFAULT '',
    outbox_id bigint
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX dead_letters_open ON dead_letters (topic, record_key)
    WHERE settled_at IS NULL;
CREATE UNIQUE INDEX dead_letters_of_job ON dead_letters (job_type, job_key)
    WHERE job_type IS NOT NULL;
CREATE UNIQUE INDEX dead_letters_of_record
    ON dead_letters (topic, topic_partition, topic_offset, record_digest);

-- What operators did with dead letters, and why; a row comes before what it tells of.
CREATE TABLE operators_journal (
    entry_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action IN ('look', 'replay', 'settle')),
    dead_letter_id bigint NOT NULL,
    why text NOT NULL
);

-- What operators did after a restore.
CREATE TABLE recovery_journal (
    entry_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    detail text NOT NULL
);
