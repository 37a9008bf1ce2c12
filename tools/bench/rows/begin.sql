-- The source of the rows of all services, so that they belong together: one application for every
-- number, spread evenly over the year before `filling.until`. Lasts as long as the connection.
CREATE TEMPORARY TABLE IF NOT EXISTS filling AS
SELECT
    current_setting('filling.many')::bigint AS many,
    current_setting('filling.until')::timestamptz AS until,
    current_setting('filling.series') AS series,
    current_setting('filling.inbox_s')::float8 AS inbox_s;

-- Ids begin with the millisecond as those of libs/ids.py do, derived ones with that of their cause.
CREATE OR REPLACE FUNCTION pg_temp.id_of(at timestamptz, seed text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(seed), 1, 3) || 'b' || substr(md5(seed), 4, 15))::uuid
$$;

CREATE OR REPLACE FUNCTION pg_temp.citizen_of(number bigint, series text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.id_of('2025-01-01 00:00:00+00'::timestamptz + number * interval '1 second',
                         series || ' citizen ' || number)
$$;

-- One in a hundred is still with its ministry; of the others one in ten is refused.
CREATE OR REPLACE FUNCTION pg_temp.numbered(from_number bigint, to_number bigint)
RETURNS TABLE (
    number bigint, application_id uuid, tracking_number text, citizen_id uuid, at timestamptz,
    is_open boolean, outcome text, seed text
)
LANGUAGE sql STABLE AS $$
    SELECT n,
           pg_temp.id_of(moment.at, series || n),
           'NS-' || substr(letters, 1, 5) || '-' || substr(letters, 6, 5) || '-'
                 || substr(letters, 11, 5),
           pg_temp.citizen_of(n % greatest(1, many / 20), series),
           moment.at,
           n % 100 = 0,
           CASE WHEN n % 10 = 1 THEN 'refused' ELSE 'approved' END,
           series || n
      FROM generate_series(from_number, to_number) AS n
     CROSS JOIN filling
     CROSS JOIN LATERAL (
           SELECT until - interval '365 days' * (1 - n::float8 / many) AS at,
                  translate(upper(md5(series || ' number ' || n)), 'B', 'X') AS letters
     ) AS moment
$$;
