-- AlterTable
ALTER TABLE "Pin" ADD COLUMN "loose" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "fingerprint" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Snapshot" ADD COLUMN "ground" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "GroupPin" (
    "group" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mem" TEXT NOT NULL,
    "room" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL,

    PRIMARY KEY ("group", "purpose", "kind")
);

-- CreateTable
CREATE TABLE "Policy" (
    "scope" TEXT NOT NULL PRIMARY KEY,
    "rules" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "Snapshot_hostId_fingerprint_seenSeq_idx" ON "Snapshot"("hostId", "fingerprint", "seenSeq");

-- CreateIndex
CREATE INDEX "Plan_snapshotId_idx" ON "Plan"("snapshotId");
