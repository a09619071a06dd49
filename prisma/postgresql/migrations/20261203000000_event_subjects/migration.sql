-- A FleetLock client has the name that it gives itself, and that may begin as a rollout's id or a host's. What an event is of
-- is said by what was done, and a host by the whole form of its id.
CREATE OR REPLACE FUNCTION "AuditEntry_tells"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told json := NEW."detail"::json;
  who text := CASE
    WHEN NEW."action" LIKE 'host.%' THEN NEW."target"
    WHEN NEW."action" LIKE 'lease.%' THEN COALESCE(told ->> 'holder', NEW."target")
  END;
  isOfRollout boolean := starts_with(NEW."target", 'roll_');
BEGIN
  PERFORM "berth_writer"();
  -- Of the audit what no timeline has: rollouts, leases, pauses, and hosts that go.
  IF (NEW."action" LIKE 'rollout.%' AND NEW."action" NOT LIKE 'rollout.command.%')
    OR NEW."action" LIKE 'lease%.%' OR NEW."action" LIKE 'pause.%'
    OR NEW."action" IN ('host.change', 'host.delete')
  THEN
    INSERT INTO "Event" ("at", "kind", "hostId", "rolloutId", "planId", "target", "detail")
    VALUES (
      NEW."at", NEW."action",
      CASE WHEN who ~ '^host_[0-9a-hjkmnp-tv-z]{26}$' THEN who END,
      CASE
        WHEN NEW."action" LIKE 'rollout.%' THEN NEW."target" WHEN NEW."action" LIKE 'lease.%' THEN told ->> 'rollout'
      END,
      NULL, NEW."target",
      COALESCE(told ->> 'because', told ->> 'reason', '')
    );
  END IF;
  -- What people told a rollout, each with the reason, and what came by itself. Of a command the audit has two
  -- entries, and a host that is skipped tells so itself.
  IF isOfRollout AND NEW."action" LIKE 'rollout.%' AND NEW."action" <> 'rollout.command.skip-host'
    AND (
      NEW."action" LIKE 'rollout.command.%' OR NEW."action" IN ('rollout.create', 'rollout.unhealthy')
      OR NEW."actor" = 'berth'
    )
  THEN
    INSERT INTO "RolloutEvent" ("rolloutId", "at", "kind", "by", "hostId", "planId", "detail")
    VALUES (
      NEW."target", NEW."at", replace(replace(NEW."action", 'rollout.command.', ''), 'rollout.', ''), NEW."actor",
      told ->> 'host', NULL,
      COALESCE(
        told ->> 'reason', told ->> 'because', (told ->> 'gate') || ': ' || (told ->> 'detail'), told ->> 'name', ''
      )
    );
  END IF;
  RETURN NULL;
END $$;

UPDATE "Event" SET "rolloutId" = NULL WHERE "kind" LIKE 'lease.%' AND "rolloutId" = "target";
UPDATE "Event" SET "hostId" = NULL WHERE "kind" LIKE 'lease.%' AND "hostId" !~ '^host_[0-9a-hjkmnp-tv-z]{26}$';
