-- One open session for every citizen.
INSERT INTO sessions (
    session_id, subject_id, roles, family_hash, secret_hash, rotated_at, expires_at,
    absolute_expires_at, opened_at, authenticated_at
)
SELECT
    gen_random_uuid(), citizen_id, '{citizen}', sha256(citizen_id::text::bytea),
    sha256(citizen_id::text::bytea), now(), now() + interval '30 days', now() + interval '90 days',
    now(), now()
FROM citizens
ORDER BY citizen_id;
