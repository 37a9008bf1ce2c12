SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Every version of every routing rule; `content` is the rule as it is announced, JSON as text. No
-- row is ever changed: a later version replaces an earlier one from its own day on.
CREATE TABLE routing_rules (
    public_service_id text NOT NULL REFERENCES public_services,
    rule_id text NOT NULL,
    version bigint NOT NULL,
    content text NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (public_service_id, rule_id, version)
);
