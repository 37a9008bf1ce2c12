-- Contacts of citizens, and the messages of the last 90 days: older ones are deleted.
CREATE TEMPORARY TABLE fresh AS
SELECT
    numbered.*,
    offer.public_service_id
FROM pg_temp.numbered(
    current_setting('filling.first')::bigint, current_setting('filling.last')::bigint
) AS numbered
JOIN (
    SELECT
        public_service_id,
        row_number() OVER (ORDER BY public_service_id) - 1 AS place,
        count(*) OVER () AS many
    FROM public_services
) AS offer ON numbered.number % offer.many = offer.place;

INSERT INTO contacts (citizen_id, phone, changed_at)
SELECT DISTINCT ON (citizen_id)
    citizen_id, '+88019' || lpad((hashtext(citizen_id::text) & 99999999)::text, 8, '0'), at
FROM fresh
ORDER BY citizen_id
ON CONFLICT DO NOTHING;

INSERT INTO messages (
    message_id, citizen_id, application_id, template, tracking_number, public_service_id, state,
    attempts, trace_context, created_at, changed_at
)
SELECT
    pg_temp.id_of(at, seed || ' ' || line.template), citizen_id, application_id, line.template,
    tracking_number, public_service_id, 'delivered', 1,
    '00-' || md5(seed) || '-' || substr(md5(seed), 1, 16) || '-00', at, at
FROM fresh
CROSS JOIN LATERAL (VALUES ('submitted'), (fresh.outcome)) AS line (template)
WHERE (line.template = 'submitted' OR NOT is_open)
  AND at > (SELECT until - interval '90 days' FROM filling)
ORDER BY number;

INSERT INTO inbox (event_key, handled_at)
SELECT pg_temp.id_of(at, seed || ' heard ' || heard), at
FROM fresh
CROSS JOIN generate_series(1, 3) AS heard
WHERE at > (SELECT until - make_interval(secs => inbox_s) FROM filling)
ORDER BY number;

DROP TABLE fresh;
