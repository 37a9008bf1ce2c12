-- One citizen for twenty applications.
INSERT INTO citizens (citizen_id, phone, phone_index, language, created_at, updated_at)
SELECT
    citizen_id, '+88018' || lpad(number::text, 8, '0'), sha256(citizen_id::text::bytea), 'bn',
    at, at
FROM pg_temp.numbered(
    current_setting('filling.first')::bigint, current_setting('filling.last')::bigint
)
WHERE number <= (SELECT greatest(1, many / 20) FROM filling)
ORDER BY number
ON CONFLICT DO NOTHING;
