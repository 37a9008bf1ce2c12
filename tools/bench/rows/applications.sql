-- Applications, submissions, timelines, and the stored responses of a week.
CREATE TEMPORARY TABLE fresh AS
SELECT
    numbered.*,
    offer.public_service_id,
    offer.ministry,
    offer.form_version
FROM pg_temp.numbered(
    current_setting('filling.first')::bigint, current_setting('filling.last')::bigint
) AS numbered
JOIN (
    SELECT
        public_service_id, ministry, form_version,
        row_number() OVER (ORDER BY public_service_id) - 1 AS place,
        count(*) OVER () AS many
    FROM public_services
) AS offer ON numbered.number % offer.many = offer.place;

INSERT INTO applications (
    application_id, tracking_number, citizen_id, public_service_id, ministry, status, submitted_at,
    due_on, service_centre_id, case_file_number, trace_context
)
SELECT
    application_id, tracking_number, citizen_id, public_service_id, ministry,
    CASE WHEN is_open THEN 'with_ministry' ELSE outcome END,
    at,
    CASE WHEN is_open THEN current_date + 30 ELSE (at + interval '30 days')::date END,
    'gulshan',
    '00.00.0000.' || substr(md5(seed), 1, 12),
    '00-' || md5(seed) || '-' || substr(md5(seed), 1, 16) || '-00'
FROM fresh
ORDER BY number;

INSERT INTO submissions (application_id, submission_id, submitted_at, form_version, form)
SELECT
    application_id, pg_temp.id_of(at, seed || ' made'), at, form_version,
    '{"name_bn": "নমুনা নাগরিক", "nid": "1234567890", "birth_date": "1990-03-12", '
    || '"mobile": "01700000000", "address": {"area": "302618"}, "reason": "' || repeat('ক', 60)
    || '", "documents": [{"document_id": "' || application_id || '", "issued_on": "2026-11-01"}]}'
FROM fresh
ORDER BY number;

INSERT INTO timeline (application_id, event_id, type, occurred_at, outcome, trace_id)
SELECT
    application_id,
    pg_temp.id_of(at + line.after, seed || ' ' || line.place),
    line.type,
    at + line.after,
    CASE WHEN line.type = 'application_decided' THEN fresh.outcome END,
    md5(seed)
FROM fresh
CROSS JOIN (
    VALUES
    (1, 'application_submitted', interval '0', true),
    (2, 'application_received', interval '3 seconds', true),
    (3, 'application_decided', interval '3 days', false)
) AS line (place, type, after, also_open)
WHERE line.also_open OR NOT is_open
ORDER BY number, line.place;

INSERT INTO idempotency (caller, key, fingerprint, status, body, asked_at)
SELECT
    citizen_id, 'key-' || seed, sha256(seed::bytea), 201,
    convert_to(
        '{"tracking_number":"' || tracking_number || '","application_id":"' || application_id
        || '","status":"submitted","public_service_id":"' || public_service_id || '"}', 'UTF8'
    ),
    at
FROM fresh
WHERE at > (SELECT until - interval '7 days' FROM filling)
ORDER BY number;

INSERT INTO inbox (event_key, handled_at)
SELECT pg_temp.id_of(at, seed || ' heard ' || heard), at
FROM fresh
CROSS JOIN generate_series(1, 2) AS heard
WHERE at > (SELECT until - make_interval(secs => inbox_s) FROM filling)
ORDER BY number;

DROP TABLE fresh;
