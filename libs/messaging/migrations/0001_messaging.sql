SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Events on their way to Kafka; a row goes when the broker has acknowledged it.
CREATE TABLE outbox (
    outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic        text NOT NULL,
    record_key   bytea,
    record_value bytea,
    headers      bytea NOT NULL
) WITH (
    fillfactor = 100,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);

-- Events that have had their effect; kept longer than any redelivery can take.
CREATE TABLE inbox (
    event_key  uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

-- Records that could not be processed, unchanged, with why and since when.
CREATE TABLE dead_letters (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic          text NOT NULL,
    topic_partition bigint NOT NULL,
    topic_offset   bigint NOT NULL,
    record_key     bytea,
    record_value   bytea,
    headers        bytea NOT NULL,
    reason         text NOT NULL,
    detail         text NOT NULL,
    attempts       bigint NOT NULL,
    holds_back     boolean NOT NULL,
    trace_context  text,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    settled_at     timestamptz,
    settled_how    text,
    UNIQUE (topic, topic_partition, topic_offset)
);
CREATE INDEX dead_letters_open ON dead_letters (topic, record_key) WHERE settled_at IS NULL;
