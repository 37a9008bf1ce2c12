SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The audit log is a table of libs/audit. No release that writes `audit` runs anywhere (decision 65).
INSERT INTO audit_log (at, actor, action, subject, detail)
SELECT at, actor, action, ministry, detail
  FROM audit
 ORDER BY audit_id;
-- squawk-ignore ban-drop-table
DROP TABLE audit;
