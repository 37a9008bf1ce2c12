-- An operator sends a message again that the provider has refused or reported as not delivered. Under
-- its first key the provider would repeat its first answer and send nothing, so each such run has a
-- key of its own. A message whose fate is not known keeps its key, so that it is sent once.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE messages ADD COLUMN runs bigint NOT NULL DEFAULT 1;
