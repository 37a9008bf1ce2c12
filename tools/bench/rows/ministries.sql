-- For every application its delivery, which the ministry has, and what was announced about it.
-- The service keeps no list of public services, so their names and ministries are made up.
CREATE TEMPORARY TABLE fresh AS
SELECT
    numbered.*,
    'S' || to_char(numbered.number % 81 + 1, 'FM000') AS public_service_id,
    'ministry-' || numbered.number % 67 AS ministry
FROM pg_temp.numbered(
    current_setting('filling.first')::bigint, current_setting('filling.last')::bigint
) AS numbered;

INSERT INTO applications (
    application_id, ministry, case_file_number, received_delivery_id, announced_event_ids
)
SELECT
    application_id, ministry, '00.00.0000.' || substr(md5(seed), 1, 12),
    pg_temp.id_of(at, seed || ' made'),
    CASE
        WHEN is_open THEN ARRAY[pg_temp.id_of(at, seed || ' event 1')]
        ELSE ARRAY[pg_temp.id_of(at, seed || ' event 1'), pg_temp.id_of(at, seed || ' event 2')]
    END
FROM fresh
ORDER BY number;

INSERT INTO deliveries (
    delivery_id, application_id, ministry, tracking_number, public_service_id, kind,
    trace_context, state, planned_at, open_since, attempts, first_tried_at, closed_at
)
SELECT
    pg_temp.id_of(at, seed || ' made'), application_id, ministry, tracking_number,
    public_service_id, 'submitted', '00-' || md5(seed) || '-' || substr(md5(seed), 1, 16) || '-00',
    'handed_over', at, at, 0, at, at
FROM fresh
ORDER BY number;

INSERT INTO inbox (event_key, handled_at)
SELECT pg_temp.id_of(at, seed || ' heard'), at
FROM fresh
WHERE at > (SELECT until - make_interval(secs => inbox_s) FROM filling)
ORDER BY number;

DROP TABLE fresh;
