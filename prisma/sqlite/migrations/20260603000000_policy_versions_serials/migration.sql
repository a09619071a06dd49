-- AlterTable
ALTER TABLE "Host" ADD COLUMN "assignmentSerial" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "PlanState" ADD COLUMN "serial" INTEGER;

-- CreateTable
CREATE TABLE "PolicyVersion" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "rules" TEXT,
    "generation" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "PolicyVersion_scope_generation_key" ON "PolicyVersion"("scope", "generation");

-- What is set today is the first version that is known of it.
INSERT INTO "PolicyVersion" ("id", "scope", "rules", "generation", "reason", "setAt", "setBy")
SELECT printf('%s@%010d', "scope", "generation"), "scope", "rules", "generation", "reason", "setAt", "setBy" FROM "Policy";

-- What waits for its agent gets a serial like everything that is handed out from now on.
UPDATE "PlanState" SET "serial" = 1 WHERE "state" = 'assigned';
UPDATE "Host" SET "assignmentSerial" = 1 WHERE "id" IN (SELECT "hostId" FROM "PlanState" WHERE "state" = 'assigned');
