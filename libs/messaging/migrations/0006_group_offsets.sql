SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The next offset of each partition, written in the transaction of the effects: what Kafka says a group
-- has read is compared with it (decision 63). Few rows, each changed with every batch, so that there is
-- room for the change on its page.
CREATE TABLE group_offsets (
    consumer_group  text NOT NULL,
    topic           text NOT NULL,
    topic_partition bigint NOT NULL,
    next_offset     bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic, topic_partition)
) WITH (
    fillfactor = 20,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_threshold = 10000,
    vacuum_truncate = off
);

-- What operators did after a restore.
CREATE TABLE recovery_journal (
    entry_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text NOT NULL,
    action   text NOT NULL,
    detail   text NOT NULL
);
