-- AlterTable
ALTER TABLE "Host" ADD COLUMN "release" TEXT;

-- AlterTable
ALTER TABLE "TimelineEvent" ADD COLUMN "rolloutId" TEXT;

-- CreateTable
CREATE TABLE "Event" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "hostId" TEXT,
    "rolloutId" TEXT,
    "planId" TEXT,
    "target" TEXT NOT NULL,
    "detail" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Host_release_idx" ON "Host"("release");

-- What every host runs, by the newest snapshot of each.
UPDATE "Host" SET "release" = (
  SELECT json_extract("summary", '$.release') FROM "Snapshot"
  WHERE "hostId" = "Host"."id" ORDER BY "seenSeq" DESC LIMIT 1
);

-- Writers follow one another, so these numbers grow in the order of commits; ids that are made before a
-- transaction begins do not.
CREATE TRIGGER "TimelineEvent_tells" AFTER INSERT ON "TimelineEvent"
BEGIN
  INSERT INTO "Event" ("at", "kind", "hostId", "rolloutId", "planId", "target", "detail")
  VALUES (
    NEW."at", NEW."kind", NEW."hostId",
    COALESCE(NEW."rolloutId", (SELECT "rolloutId" FROM "PlanState" WHERE "planId" = NEW."plan")),
    NEW."plan", NEW."hostId", NEW."detail"
  );
END;

-- Of the audit what no timeline has: rollouts, leases, pauses, and hosts that go.
CREATE TRIGGER "AuditEntry_tells" AFTER INSERT ON "AuditEntry"
WHEN (NEW."action" LIKE 'rollout.%' AND NEW."action" NOT LIKE 'rollout.command.%')
  OR NEW."action" LIKE 'lease%.%'
  OR NEW."action" LIKE 'pause.%'
  OR NEW."action" IN ('host.change', 'host.delete')
BEGIN
  INSERT INTO "Event" ("at", "kind", "hostId", "rolloutId", "planId", "target", "detail")
  VALUES (
    NEW."at", NEW."action",
    (SELECT "id" FROM (SELECT COALESCE(json_extract(NEW."detail", '$.holder'), NEW."target") AS "id") WHERE "id" GLOB 'host_*'),
    CASE WHEN NEW."target" GLOB 'roll_*' THEN NEW."target" ELSE json_extract(NEW."detail", '$.rollout') END,
    NULL, NEW."target",
    COALESCE(json_extract(NEW."detail", '$.because'), json_extract(NEW."detail", '$.reason'), '')
  );
END;

-- Who was away for longer than that reads everything again.
CREATE TRIGGER "Event_forgets" AFTER INSERT ON "Event"
BEGIN
  DELETE FROM "Event" WHERE "seq" <= NEW."seq" - 200000;
END;
