SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Rows of the outbox whose destination cannot be written now, set aside so that the relay does not
-- read them again in every round. Partition -1 stands for the whole topic.
CREATE TABLE outbox_blocked (
    topic           text NOT NULL,
    topic_partition bigint NOT NULL,
    outbox_id       bigint NOT NULL,
    record_key      bytea,
    record_value    bytea,
    headers         bytea NOT NULL,
    blocked_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, topic_partition, outbox_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);

-- The number of partitions over which the relay spreads the keys of a topic. It follows the broker's
-- only when every reader has read what was written with the old number.
CREATE TABLE outbox_partitions (
    topic      text PRIMARY KEY,
    partitions bigint NOT NULL
) WITH (autovacuum_analyze_threshold = 10000, vacuum_truncate = off);

-- The place of a record is not its identity: a topic that was deleted and made again has the same
-- offsets again. A dead letter with an outbox_id is an event that could not be published.
ALTER TABLE dead_letters
    ADD COLUMN record_digest bytea NOT NULL DEFAULT '',
    ADD COLUMN outbox_id bigint;
-- squawk-ignore ban-drop-constraint
ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_topic_topic_partition_topic_offset_key;
-- Few rows: what failed for good.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX dead_letters_of_record
    ON dead_letters (topic, topic_partition, topic_offset, record_digest);
