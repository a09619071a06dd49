-- AlterTable
ALTER TABLE "Host" ADD COLUMN "loadRefusal" TEXT;
ALTER TABLE "Host" ADD COLUMN "loadRefusalSince" DATETIME;

-- CreateTable
CREATE TABLE "Pause" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "until" DATETIME,
    "endedAt" DATETIME,
    "generation" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Pause_scope_id_idx" ON "Pause"("scope", "id");
