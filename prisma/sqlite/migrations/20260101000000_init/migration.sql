-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "role" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "expiresAt" DATETIME,
    "revokedAt" DATETIME,
    "lastUsedAt" DATETIME
);

-- CreateTable
CREATE TABLE "EnrollmentToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "secretHash" TEXT NOT NULL,
    "group" TEXT,
    "uses" INTEGER NOT NULL,
    "usesLeft" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Host" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "machineId" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "arch" TEXT NOT NULL,
    "hardwareModel" TEXT NOT NULL,
    "group" TEXT,
    "labels" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "stateReason" TEXT NOT NULL,
    "credentialHash" TEXT NOT NULL,
    "bootedPlanId" TEXT,
    "pinGeneration" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "bootId" TEXT NOT NULL,
    "memoryDigest" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "files" BLOB NOT NULL,
    "findings" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "landing" TEXT,
    "bootedPlanId" TEXT,
    "seenSeq" INTEGER NOT NULL,
    CONSTRAINT "Snapshot_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "BootEntry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "title" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,
    "linuxSha256" TEXT NOT NULL,
    "linuxSize" BIGINT NOT NULL,
    "linuxHeader" BLOB NOT NULL,
    "initrdSha256" TEXT,
    "initrdSize" BIGINT,
    "options" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Plan" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "snapshotId" TEXT NOT NULL,
    "bootEntryId" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "strategy" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Plan_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Plan_bootEntryId_fkey" FOREIGN KEY ("bootEntryId") REFERENCES "BootEntry" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PlanState" (
    "planId" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "since" DATETIME NOT NULL,
    "detail" TEXT NOT NULL,
    "bootId" TEXT,
    "segments" TEXT,
    "landing" TEXT,
    CONSTRAINT "PlanState_planId_fkey" FOREIGN KEY ("planId") REFERENCES "Plan" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Pin" (
    "hostId" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mem" TEXT NOT NULL,
    "room" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL,

    PRIMARY KEY ("hostId", "purpose", "kind"),
    CONSTRAINT "Pin_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "PinChange" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "purpose" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "change" TEXT NOT NULL,
    "mem" TEXT,
    "room" BIGINT,
    "reason" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "by" TEXT NOT NULL,
    CONSTRAINT "PinChange_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "TimelineEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "plan" TEXT,
    "snapshot" TEXT,
    CONSTRAINT "TimelineEvent_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "requestId" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "IdempotentAnswer" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "requestHash" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "answer" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "Host_machineId_key" ON "Host"("machineId");

-- CreateIndex
CREATE INDEX "Host_group_id_idx" ON "Host"("group", "id");

-- CreateIndex
CREATE INDEX "Snapshot_hostId_seenSeq_idx" ON "Snapshot"("hostId", "seenSeq");

-- CreateIndex
CREATE UNIQUE INDEX "Snapshot_hostId_memoryDigest_bootId_key" ON "Snapshot"("hostId", "memoryDigest", "bootId");

-- CreateIndex
CREATE INDEX "Plan_hostId_id_idx" ON "Plan"("hostId", "id");

-- CreateIndex
CREATE INDEX "PlanState_hostId_state_idx" ON "PlanState"("hostId", "state");

-- CreateIndex
CREATE INDEX "PinChange_hostId_id_idx" ON "PinChange"("hostId", "id");

-- CreateIndex
CREATE INDEX "TimelineEvent_hostId_id_idx" ON "TimelineEvent"("hostId", "id");

-- CreateIndex
CREATE INDEX "IdempotentAnswer_createdAt_idx" ON "IdempotentAnswer"("createdAt");



-- The audit is append-only: the database itself refuses to change or drop an entry.
CREATE TRIGGER "AuditEntry_no_update" BEFORE UPDATE ON "AuditEntry"
BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER "AuditEntry_no_delete" BEFORE DELETE ON "AuditEntry"
BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
