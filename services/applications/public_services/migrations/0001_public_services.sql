SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A copy of the catalogue's public services; `form_schema` and `form_rules` are JSON as text, which
-- keeps the order of the fields, and so are the rules of `routing`. `ministry_adapter` hands
-- submissions to the ministry.
CREATE TABLE public_services (
    public_service_id text PRIMARY KEY,
    ministry text NOT NULL,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    service_deadline_days bigint,
    form_version bigint NOT NULL,
    form_schema text NOT NULL,
    form_rules text NOT NULL,
    open boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    ministry_adapter text NOT NULL DEFAULT 'hosted',
    routing text NOT NULL DEFAULT '[]',
    form_origin text NOT NULL DEFAULT 'this_project'
);
