SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- From a day on, what hands over the submissions of a public service; null: again what serves its
-- ministry. No row is ever changed: a later version replaces an earlier one from its own day on.
CREATE TABLE service_adapters (
    public_service_id text NOT NULL REFERENCES public_services,
    version bigint NOT NULL,
    valid_from date NOT NULL,
    adapter text CHECK (adapter IN ('hosted', 'own', 'none_yet', 'desk')),
    PRIMARY KEY (public_service_id, version)
);
