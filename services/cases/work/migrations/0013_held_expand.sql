SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The stored rule of cases, held when a transaction ends: an open case has a task or a clock, and a
-- clock where it waits for its citizen, a payment or a time; one that has ended has neither. The code
-- of before keeps it, too. A task or a clock that is deleted by hand is found by the search for
-- stalled cases.
CREATE FUNCTION check_case_is_held() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_open boolean;
    needs_clock boolean;
    has_task boolean;
    has_clock boolean;
BEGIN
    SELECT status <> 'ended', coalesce(waits_for IN ('citizen', 'payment', 'time'), false),
           EXISTS (SELECT FROM tasks WHERE tasks.case_id = NEW.case_id),
           EXISTS (SELECT FROM timers WHERE timers.case_id = NEW.case_id)
      INTO is_open, needs_clock, has_task, has_clock
      FROM cases
     WHERE cases.case_id = NEW.case_id;
    IF NOT is_open AND (has_task OR has_clock) THEN
        RAISE EXCEPTION 'case % has ended, and has a task or a clock', NEW.case_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF is_open AND NOT has_clock AND (needs_clock OR NOT has_task) THEN
        RAISE EXCEPTION 'nothing moves case % on', NEW.case_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER case_is_held AFTER INSERT OR UPDATE OF status, waits_for ON cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_case_is_held();
CREATE CONSTRAINT TRIGGER task_is_of_open_case AFTER INSERT ON tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_case_is_held();
CREATE CONSTRAINT TRIGGER clock_is_of_open_case AFTER INSERT ON timers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_case_is_held();
