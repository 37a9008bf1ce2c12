SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A provider's network, too: an IPv4 /16 or an IPv6 /32.
-- squawk-ignore ban-drop-constraint
ALTER TABLE code_counts DROP CONSTRAINT code_counts_scope_check;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE code_counts ADD CONSTRAINT code_counts_scope_check
CHECK (scope IN ('address', 'network', 'provider', 'device', 'platform'));
