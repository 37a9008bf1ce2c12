-- The responsible office of an application as JSON, and the ministries that it was with before it was
-- moved. `routing` is what the catalogue announced: the rules of a public service as JSON.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE applications ADD COLUMN office text;
ALTER TABLE applications ADD COLUMN former_ministries text [] NOT NULL DEFAULT '{}';
ALTER TABLE public_services ADD COLUMN routing text NOT NULL DEFAULT '[]';

-- Applications wait for their own ministry, which a rule may have named instead of the service's.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX applications_not_handed_over;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX applications_not_handed_over ON applications (ministry, application_id)
 WHERE adapter = 'none_yet' AND status = 'submitted';
