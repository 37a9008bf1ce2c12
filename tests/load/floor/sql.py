# ruff: noqa: S608 -- put together from the constants of this file
"""The platform's tables by their hot columns and indexes, and the statements on them."""

_EVENTS = """
CREATE TABLE outbox (
    outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL, key bytea NOT NULL, headers bytea NOT NULL, value bytea NOT NULL);
CREATE TABLE inbox (event_id uuid PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT now());
"""
_APPLICATIONS = """
CREATE TABLE applications (
    application_id uuid PRIMARY KEY, tracking_number text NOT NULL UNIQUE, citizen_id uuid NOT NULL,
    public_service_id text NOT NULL, ministry text NOT NULL, status text NOT NULL,
    submitted_at timestamptz NOT NULL, due_on date) WITH (fillfactor = 80);
CREATE INDEX ON applications (citizen_id, application_id DESC);
CREATE TABLE submissions (
    application_id uuid NOT NULL, submission_id uuid NOT NULL, handed_in_at timestamptz NOT NULL,
    form text NOT NULL, PRIMARY KEY (application_id, submission_id));
CREATE TABLE timeline (
    application_id uuid NOT NULL, event_id uuid NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY, type text NOT NULL, happened_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, event_id));
CREATE TABLE idempotency (
    key text PRIMARY KEY, answer text NOT NULL, kept_at timestamptz NOT NULL DEFAULT now());
"""
_MINISTRIES = """
CREATE TABLE cases (
    application_id uuid PRIMARY KEY, ministry text NOT NULL, case_file_number text)
    WITH (fillfactor = 85);
CREATE TABLE deliveries (
    delivery_id uuid PRIMARY KEY, application_id uuid NOT NULL, ministry text NOT NULL,
    form text NOT NULL, state text NOT NULL DEFAULT 'open', due_at timestamptz)
    WITH (fillfactor = 85);
CREATE INDEX ON deliveries (application_id);
CREATE INDEX ON deliveries (ministry, due_at) WHERE due_at IS NOT NULL;
"""
_NOTIFICATIONS = """
CREATE TABLE messages (
    message_id uuid PRIMARY KEY, application_id uuid NOT NULL, template text NOT NULL,
    state text NOT NULL DEFAULT 'queued', due_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 80);
CREATE INDEX ON messages (due_at) WHERE state = 'queued';
"""
SCHEMAS = {
    "applications": _EVENTS + _APPLICATIONS,
    "ministries": _EVENTS + _MINISTRIES,
    "notifications": _EVENTS + _NOTIFICATIONS,
}

_PUBLISH = """
INSERT INTO outbox (topic, key, headers, value)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])"""
_NEW = """
WITH new AS (INSERT INTO inbox (event_id) SELECT unnest($%d::uuid[])
                 ON CONFLICT DO NOTHING RETURNING event_id)"""

# Rows $1 to $4; then ids, numbers, services, ministries, forms, keys, answers, citizen, and when.
SUBMIT = f"""
WITH a AS (
    INSERT INTO applications
    SELECT i, n, $12, s, m, 'submitted', $13::timestamptz, $13::timestamptz::date
      FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) r (i, n, s, m)),
s AS (
    INSERT INTO submissions
    SELECT i, i, $13::timestamptz, f FROM unnest($5::uuid[], $9::text[]) r (i, f)),
t AS (
    INSERT INTO timeline (application_id, event_id, type, happened_at)
    SELECT i, i, 'submitted', $13::timestamptz FROM unnest($5::uuid[]) i),
k AS (
    INSERT INTO idempotency SELECT * FROM unnest($10::text[], $11::text[]) ON CONFLICT DO NOTHING)
{_PUBLISH}"""
# Rows; then event ids, applications, statuses.
DECIDE = f"""{_NEW % 5},
t AS (
    INSERT INTO timeline (application_id, event_id, type, happened_at)
    SELECT i, e, 'decided', now() FROM unnest($6::uuid[], $5::uuid[]) r (i, e)
      JOIN new ON new.event_id = e),
a AS (
    UPDATE applications a SET status = r.s FROM unnest($6::uuid[], $7::text[]) r (i, s)
     WHERE a.application_id = r.i)
{_PUBLISH}"""
# Event ids, applications, ministries, forms.
PLAN = f"""{_NEW % 1},
c AS (INSERT INTO cases SELECT * FROM unnest($2::uuid[], $3::text[]))
INSERT INTO deliveries (delivery_id, application_id, ministry, form, due_at)
SELECT i, i, m, f, now() FROM unnest($2::uuid[], $3::text[], $4::text[]) r (i, m, f)"""
# Rows; then deliveries and their file numbers.
HANDED_OVER = f"""
WITH d AS (
    UPDATE deliveries d SET state = 'handed_over', due_at = NULL
      FROM unnest($5::uuid[]) i WHERE d.delivery_id = i),
c AS (
    UPDATE cases c SET case_file_number = r.f FROM unnest($5::uuid[], $6::text[]) r (i, f)
     WHERE c.application_id = r.i)
{_PUBLISH}"""
# Event ids; then messages, applications, templates.
QUEUE = f"""{_NEW % 1}
INSERT INTO messages (message_id, application_id, template, due_at)
SELECT i, a, t, now() FROM unnest($2::uuid[], $3::uuid[], $4::text[]) r (i, a, t)"""
# Messages.
SENT = """
UPDATE messages SET state = 'sent', due_at = NULL
  FROM unnest($1::uuid[]) i WHERE message_id = i AND state = 'queued'"""
DELIVERED = """
UPDATE messages SET state = 'delivered' FROM unnest($1::uuid[]) i WHERE message_id = i"""
# Ids of rows that are published, and how many more to read.
NEXT = """
WITH gone AS (DELETE FROM outbox WHERE outbox_id = ANY ($1))
SELECT outbox_id, topic, key, headers, value FROM outbox
 WHERE outbox_id NOT IN (SELECT unnest($1::bigint[])) ORDER BY outbox_id LIMIT $2"""
VACUUM = "VACUUM (TRUNCATE off) outbox"
