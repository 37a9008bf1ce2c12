SET lock_timeout = '60s';
SET statement_timeout = '1h';

-- Finds what is overdue at the offices of a ministry, the oldest first.
DROP INDEX CONCURRENTLY IF EXISTS tasks_of_ministry;
CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_of_ministry ON tasks (ministry, due_on, case_id);
