SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What waits is found by public service and by the rule that named its office, since an adapter is
-- set for them: a ministry may have several. The statements repeat the condition. Only what waits
-- is in the indexes, so both are small.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX applications_not_handed_over;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX applications_waiting ON applications (
    public_service_id, ministry, coalesce(office::jsonb ->> 'rule_id', ''), application_id
) WHERE waits_for = 'adapter' AND status = 'submitted';
