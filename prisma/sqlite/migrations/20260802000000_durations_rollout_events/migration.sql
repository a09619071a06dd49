-- CreateTable
CREATE TABLE "RebootDuration" (
    "planId" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "way" TEXT NOT NULL,
    "arch" TEXT NOT NULL,
    "hardwareModel" TEXT NOT NULL,
    "seconds" REAL NOT NULL
);

-- CreateTable
CREATE TABLE "RolloutEvent" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rolloutId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "by" TEXT,
    "hostId" TEXT,
    "planId" TEXT,
    "detail" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "RebootDuration_at_idx" ON "RebootDuration"("at");

-- CreateIndex
CREATE INDEX "RolloutEvent_rolloutId_seq_idx" ON "RolloutEvent"("rolloutId", "seq");

-- What hosts did in a rollout. Their own timelines go with them; this stays.
CREATE TRIGGER "TimelineEvent_of_rollout" AFTER INSERT ON "TimelineEvent"
WHEN NEW."rolloutId" IS NOT NULL AND NEW."kind" LIKE 'rollout-%'
BEGIN
  INSERT INTO "RolloutEvent" ("rolloutId", "at", "kind", "by", "hostId", "planId", "detail")
  VALUES (
    NEW."rolloutId", NEW."at", substr(NEW."kind", 9), NULL, NEW."hostId", NEW."plan",
    replace(NEW."detail", ' (' || NEW."rolloutId" || ')', '')
  );
END;

-- What people told it, each with the reason, and what came by itself. Of a command the audit has two entries, and a
-- host that is skipped tells so itself.
CREATE TRIGGER "AuditEntry_of_rollout" AFTER INSERT ON "AuditEntry"
WHEN NEW."target" GLOB 'roll_*' AND NEW."action" LIKE 'rollout.%' AND NEW."action" <> 'rollout.command.skip-host'
  AND (NEW."action" LIKE 'rollout.command.%' OR NEW."action" IN ('rollout.create', 'rollout.unhealthy') OR NEW."actor" = 'berth')
BEGIN
  INSERT INTO "RolloutEvent" ("rolloutId", "at", "kind", "by", "hostId", "planId", "detail")
  VALUES (
    NEW."target", NEW."at", replace(replace(NEW."action", 'rollout.command.', ''), 'rollout.', ''), NEW."actor",
    json_extract(NEW."detail", '$.host'), NULL,
    COALESCE(
      json_extract(NEW."detail", '$.reason'), json_extract(NEW."detail", '$.because'),
      json_extract(NEW."detail", '$.gate') || ': ' || json_extract(NEW."detail", '$.detail'),
      json_extract(NEW."detail", '$.name'), ''
    )
  );
END;

-- What is known of the rollouts that there are already.
INSERT INTO "RolloutEvent" ("rolloutId", "at", "kind", "by", "hostId", "planId", "detail")
SELECT "rolloutId", "at", "kind", "by", "hostId", "planId", "detail" FROM (
  SELECT
    substr("detail", -32, 31) AS "rolloutId", "at", substr("kind", 9) AS "kind", NULL AS "by", "hostId",
    "plan" AS "planId", substr("detail", 1, length("detail") - 34) AS "detail", substr("id", 4) AS "made"
  FROM "TimelineEvent" WHERE "kind" LIKE 'rollout-%' AND "detail" GLOB '* (roll_*)'
  UNION ALL
  SELECT
    "target", "at", replace(replace("action", 'rollout.command.', ''), 'rollout.', ''), "actor",
    json_extract("detail", '$.host'), NULL,
    COALESCE(
      json_extract("detail", '$.reason'), json_extract("detail", '$.because'),
      json_extract("detail", '$.gate') || ': ' || json_extract("detail", '$.detail'),
      json_extract("detail", '$.name'), ''
    ),
    substr("id", 5)
  FROM "AuditEntry"
  WHERE "target" GLOB 'roll_*' AND "action" LIKE 'rollout.%' AND "action" <> 'rollout.command.skip-host'
    AND ("action" LIKE 'rollout.command.%' OR "action" IN ('rollout.create', 'rollout.unhealthy') OR "actor" = 'berth')
) ORDER BY "at", "made";
