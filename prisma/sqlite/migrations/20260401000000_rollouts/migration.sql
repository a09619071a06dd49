-- AlterTable
ALTER TABLE "Host" ADD COLUMN "optOutAt" DATETIME;
ALTER TABLE "Host" ADD COLUMN "optOutReason" TEXT;
ALTER TABLE "Host" ADD COLUMN "rebootMode" TEXT;
ALTER TABLE "Host" ADD COLUMN "stateSince" DATETIME;

-- AlterTable
ALTER TABLE "PlanState" ADD COLUMN "fence" INTEGER;
ALTER TABLE "PlanState" ADD COLUMN "nonce" TEXT;
ALTER TABLE "PlanState" ADD COLUMN "rolloutId" TEXT;

-- CreateTable
CREATE TABLE "Rollout" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "spec" TEXT NOT NULL,
    "bootEntryId" TEXT NOT NULL,
    "pool" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "phaseSince" DATETIME NOT NULL,
    "wave" INTEGER NOT NULL,
    "waveSince" DATETIME,
    "pauses" TEXT NOT NULL,
    "halt" TEXT,
    "acknowledgedAt" DATETIME,
    "approvals" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "Rollout_bootEntryId_fkey" FOREIGN KEY ("bootEntryId") REFERENCES "BootEntry" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RolloutMember" (
    "rolloutId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "place" INTEGER NOT NULL,
    "wave" INTEGER NOT NULL,
    "domain" TEXT,
    "state" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "because" TEXT NOT NULL,
    "outcome" TEXT,
    "acknowledged" BOOLEAN NOT NULL,
    "failures" INTEGER NOT NULL,
    "heardAt" DATETIME,
    "fence" INTEGER,
    "bootId" TEXT,
    "planId" TEXT,

    PRIMARY KEY ("rolloutId", "hostId"),
    CONSTRAINT "RolloutMember_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LeasePool" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "slots" INTEGER NOT NULL,
    "ttlMs" INTEGER NOT NULL,
    "lastFence" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Lease" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "pool" TEXT NOT NULL,
    "fence" INTEGER NOT NULL,
    "holder" TEXT NOT NULL,
    "rolloutId" TEXT,
    "grantedAt" DATETIME NOT NULL,
    "renewedAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    CONSTRAINT "Lease_pool_fkey" FOREIGN KEY ("pool") REFERENCES "LeasePool" ("name") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "HealthResult" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "rolloutId" TEXT NOT NULL,
    "gate" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "detail" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    CONSTRAINT "HealthResult_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RebootRule" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "model" TEXT,
    "hostId" TEXT,
    "mode" TEXT NOT NULL,
    "evidence" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "expiresAt" DATETIME,
    "usedBy" TEXT,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    CONSTRAINT "RebootRule_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Rollout_phase_idx" ON "Rollout"("phase");

-- CreateIndex
CREATE INDEX "RolloutMember_hostId_idx" ON "RolloutMember"("hostId");

-- CreateIndex
CREATE INDEX "RolloutMember_state_idx" ON "RolloutMember"("state");

-- CreateIndex
CREATE UNIQUE INDEX "RolloutMember_rolloutId_place_key" ON "RolloutMember"("rolloutId", "place");

-- CreateIndex
CREATE INDEX "Lease_holder_idx" ON "Lease"("holder");

-- CreateIndex
CREATE UNIQUE INDEX "Lease_pool_fence_key" ON "Lease"("pool", "fence");

-- CreateIndex
CREATE UNIQUE INDEX "HealthResult_rolloutId_gate_hostId_key" ON "HealthResult"("rolloutId", "gate", "hostId");

-- CreateIndex
CREATE INDEX "RebootRule_model_idx" ON "RebootRule"("model");

-- CreateIndex
CREATE INDEX "RebootRule_hostId_idx" ON "RebootRule"("hostId");
