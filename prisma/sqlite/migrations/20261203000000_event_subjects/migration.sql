-- A FleetLock client has the name that it gives itself, and that may begin as a rollout's id or a host's. What an event is of
-- is said by what was done, and a host by the whole form of its id.
DROP TRIGGER "AuditEntry_tells";
CREATE TRIGGER "AuditEntry_tells" AFTER INSERT ON "AuditEntry"
WHEN (NEW."action" LIKE 'rollout.%' AND NEW."action" NOT LIKE 'rollout.command.%')
  OR NEW."action" LIKE 'lease%.%'
  OR NEW."action" LIKE 'pause.%'
  OR NEW."action" IN ('host.change', 'host.delete')
BEGIN
  INSERT INTO "Event" ("at", "kind", "hostId", "rolloutId", "planId", "target", "detail")
  VALUES (
    NEW."at", NEW."action",
    (
      SELECT "id" FROM (
        SELECT CASE
          WHEN NEW."action" LIKE 'host.%' THEN NEW."target"
          WHEN NEW."action" LIKE 'lease.%' THEN COALESCE(json_extract(NEW."detail", '$.holder'), NEW."target")
        END AS "id"
      ) WHERE length("id") = 31 AND "id" GLOB 'host_*' AND substr("id", 6) NOT GLOB '*[^0-9a-hjkmnp-tv-z]*'
    ),
    CASE
      WHEN NEW."action" LIKE 'rollout.%' THEN NEW."target"
      WHEN NEW."action" LIKE 'lease.%' THEN json_extract(NEW."detail", '$.rollout')
    END,
    NULL, NEW."target",
    COALESCE(json_extract(NEW."detail", '$.because'), json_extract(NEW."detail", '$.reason'), '')
  );
END;

UPDATE "Event" SET "rolloutId" = NULL WHERE "kind" LIKE 'lease.%' AND "rolloutId" = "target";
UPDATE "Event" SET "hostId" = NULL WHERE "kind" LIKE 'lease.%'
  AND (length("hostId") <> 31 OR substr("hostId", 6) GLOB '*[^0-9a-hjkmnp-tv-z]*');
