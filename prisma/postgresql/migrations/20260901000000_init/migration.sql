-- Text sorts by its bytes, as on SQLite: pages go on behind an id or a name, whatever the locale of the database.

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "secretHash" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),
    "lastUsedAt" TIMESTAMP(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT COLLATE "C" NOT NULL,
    "secretHash" TEXT COLLATE "C" NOT NULL,
    "keyId" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EnrollmentToken" (
    "id" TEXT COLLATE "C" NOT NULL,
    "secretHash" TEXT COLLATE "C" NOT NULL,
    "group" TEXT COLLATE "C",
    "uses" INTEGER NOT NULL,
    "usesLeft" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "EnrollmentToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Host" (
    "id" TEXT COLLATE "C" NOT NULL,
    "machineId" TEXT COLLATE "C" NOT NULL,
    "hostname" TEXT COLLATE "C" NOT NULL,
    "arch" TEXT COLLATE "C" NOT NULL,
    "hardwareModel" TEXT COLLATE "C" NOT NULL,
    "group" TEXT COLLATE "C",
    "labels" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "stateReason" TEXT COLLATE "C" NOT NULL,
    "credentialHash" TEXT COLLATE "C" NOT NULL,
    "credentialSince" TIMESTAMP(3),
    "nextCredentialHash" TEXT COLLATE "C",
    "nextCredentialAt" TIMESTAMP(3),
    "bootedPlanId" TEXT COLLATE "C",
    "pinGeneration" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "stateSince" TIMESTAMP(3),
    "optOutReason" TEXT COLLATE "C",
    "optOutAt" TIMESTAMP(3),
    "rebootMode" TEXT COLLATE "C",
    "loadRefusal" TEXT COLLATE "C",
    "loadRefusalSince" TIMESTAMP(3),
    "release" TEXT COLLATE "C",
    "assignmentSerial" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Host_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "bootId" TEXT COLLATE "C" NOT NULL,
    "memoryDigest" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "files" BYTEA NOT NULL,
    "findings" TEXT COLLATE "C" NOT NULL,
    "summary" TEXT COLLATE "C" NOT NULL,
    "landing" TEXT COLLATE "C",
    "bootedPlanId" TEXT COLLATE "C",
    "seenSeq" INTEGER NOT NULL,
    "fingerprint" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "ground" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "Snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BootEntry" (
    "id" TEXT COLLATE "C" NOT NULL,
    "title" TEXT COLLATE "C" NOT NULL,
    "version" TEXT COLLATE "C" NOT NULL,
    "architecture" TEXT COLLATE "C" NOT NULL,
    "linuxSha256" TEXT COLLATE "C" NOT NULL,
    "linuxSize" BIGINT NOT NULL,
    "linuxHeader" BYTEA NOT NULL,
    "initrdSha256" TEXT COLLATE "C",
    "initrdSize" BIGINT,
    "options" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "devicetree" BYTEA,
    "devicetreeSha256" TEXT COLLATE "C",

    CONSTRAINT "BootEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Plan" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "snapshotId" TEXT COLLATE "C" NOT NULL,
    "bootEntryId" TEXT COLLATE "C" NOT NULL,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "strategy" TEXT COLLATE "C" NOT NULL,
    "digest" TEXT COLLATE "C" NOT NULL,
    "body" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PlanState" (
    "planId" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "bootId" TEXT COLLATE "C",
    "segments" TEXT COLLATE "C",
    "landing" TEXT COLLATE "C",
    "rolloutId" TEXT COLLATE "C",
    "fence" INTEGER,
    "nonce" TEXT COLLATE "C",
    "serial" INTEGER,

    CONSTRAINT "PlanState_pkey" PRIMARY KEY ("planId")
);

-- CreateTable
CREATE TABLE "Pin" (
    "hostId" TEXT COLLATE "C" NOT NULL,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "mem" TEXT COLLATE "C" NOT NULL,
    "room" BIGINT NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,
    "loose" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "Pin_pkey" PRIMARY KEY ("hostId","purpose","kind")
);

-- CreateTable
CREATE TABLE "GroupPin" (
    "group" TEXT COLLATE "C" NOT NULL,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "mem" TEXT COLLATE "C" NOT NULL,
    "room" BIGINT NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "GroupPin_pkey" PRIMARY KEY ("group","purpose","kind")
);

-- CreateTable
CREATE TABLE "Policy" (
    "scope" TEXT COLLATE "C" NOT NULL,
    "rules" TEXT COLLATE "C" NOT NULL,
    "generation" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Policy_pkey" PRIMARY KEY ("scope")
);

-- CreateTable
CREATE TABLE "PolicyVersion" (
    "id" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "rules" TEXT COLLATE "C",
    "generation" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "PolicyVersion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Pause" (
    "id" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,
    "until" TIMESTAMP(3),
    "endedAt" TIMESTAMP(3),
    "generation" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Pause_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "PinChange" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "generation" INTEGER NOT NULL,
    "purpose" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "change" TEXT COLLATE "C" NOT NULL,
    "mem" TEXT COLLATE "C",
    "room" BIGINT,
    "reason" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "by" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "PinChange_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TimelineEvent" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "plan" TEXT COLLATE "C",
    "snapshot" TEXT COLLATE "C",
    "rolloutId" TEXT COLLATE "C",

    CONSTRAINT "TimelineEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "seq" SERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C",
    "rolloutId" TEXT COLLATE "C",
    "planId" TEXT COLLATE "C",
    "target" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actor" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "requestId" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Calibration" (
    "group" TEXT COLLATE "C" NOT NULL,
    "arch" TEXT COLLATE "C" NOT NULL,
    "release" TEXT COLLATE "C" NOT NULL,
    "rules" TEXT COLLATE "C" NOT NULL,
    "facts" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Calibration_pkey" PRIMARY KEY ("group","arch","release")
);

-- CreateTable
CREATE TABLE "ApprovedException" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C",
    "group" TEXT COLLATE "C",
    "policy" TEXT COLLATE "C" NOT NULL,
    "approver" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "ApprovedException_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Rollout" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "author" TEXT COLLATE "C" NOT NULL,
    "spec" TEXT COLLATE "C" NOT NULL,
    "bootEntryId" TEXT COLLATE "C" NOT NULL,
    "pool" TEXT COLLATE "C" NOT NULL,
    "phase" TEXT COLLATE "C" NOT NULL,
    "phaseSince" TIMESTAMP(3) NOT NULL,
    "wave" INTEGER NOT NULL,
    "waveSince" TIMESTAMP(3),
    "pauses" TEXT COLLATE "C" NOT NULL,
    "halt" TEXT COLLATE "C",
    "acknowledgedAt" TIMESTAMP(3),
    "approvals" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Rollout_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RolloutMember" (
    "rolloutId" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "place" INTEGER NOT NULL,
    "wave" INTEGER NOT NULL,
    "domain" TEXT COLLATE "C",
    "state" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMP(3) NOT NULL,
    "because" TEXT COLLATE "C" NOT NULL,
    "outcome" TEXT COLLATE "C",
    "acknowledged" BOOLEAN NOT NULL,
    "failures" INTEGER NOT NULL,
    "heardAt" TIMESTAMP(3),
    "fence" INTEGER,
    "bootId" TEXT COLLATE "C",
    "planId" TEXT COLLATE "C",
    "mode" TEXT COLLATE "C" NOT NULL DEFAULT 'kexec',
    "fallback" TEXT COLLATE "C",
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "RolloutMember_pkey" PRIMARY KEY ("rolloutId","hostId")
);

-- CreateTable
CREATE TABLE "LeasePool" (
    "name" TEXT COLLATE "C" NOT NULL,
    "slots" INTEGER NOT NULL,
    "ttlMs" INTEGER NOT NULL,
    "lastFence" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "LeasePool_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "Lease" (
    "id" TEXT COLLATE "C" NOT NULL,
    "pool" TEXT COLLATE "C" NOT NULL,
    "fence" INTEGER NOT NULL,
    "holder" TEXT COLLATE "C" NOT NULL,
    "rolloutId" TEXT COLLATE "C",
    "grantedAt" TIMESTAMP(3) NOT NULL,
    "renewedAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "HealthResult" (
    "id" TEXT COLLATE "C" NOT NULL,
    "rolloutId" TEXT COLLATE "C" NOT NULL,
    "gate" TEXT COLLATE "C" NOT NULL,
    "hostId" TEXT COLLATE "C" NOT NULL,
    "verdict" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "by" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "HealthResult_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RebootRule" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "model" TEXT COLLATE "C",
    "hostId" TEXT COLLATE "C",
    "mode" TEXT COLLATE "C" NOT NULL,
    "evidence" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "usedBy" TEXT COLLATE "C",
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "RebootRule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FleetlockCredential" (
    "group" TEXT COLLATE "C" NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "secretHash" TEXT COLLATE "C" NOT NULL,
    "secretSince" TIMESTAMP(3) NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "setAt" TIMESTAMP(3) NOT NULL,
    "setBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "FleetlockCredential_pkey" PRIMARY KEY ("group")
);

-- CreateTable
CREATE TABLE "RebootDuration" (
    "planId" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "way" TEXT COLLATE "C" NOT NULL,
    "arch" TEXT COLLATE "C" NOT NULL,
    "hardwareModel" TEXT COLLATE "C" NOT NULL,
    "seconds" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "RebootDuration_pkey" PRIMARY KEY ("planId")
);

-- CreateTable
CREATE TABLE "RolloutEvent" (
    "seq" SERIAL NOT NULL,
    "rolloutId" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "by" TEXT COLLATE "C",
    "hostId" TEXT COLLATE "C",
    "planId" TEXT COLLATE "C",
    "detail" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "RolloutEvent_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "Webhook" (
    "id" TEXT COLLATE "C" NOT NULL,
    "url" TEXT COLLATE "C" NOT NULL,
    "kinds" TEXT COLLATE "C",
    "rolloutId" TEXT COLLATE "C",
    "group" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C" NOT NULL,
    "secret" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "stateSince" TIMESTAMP(3) NOT NULL,
    "cursor" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "nextAt" TIMESTAMP(3),
    "ping" TEXT COLLATE "C",
    "claim" TEXT COLLATE "C",
    "claimUntil" TIMESTAMP(3),

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" TEXT COLLATE "C" NOT NULL,
    "webhookId" TEXT COLLATE "C" NOT NULL,
    "messageId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "status" INTEGER,
    "detail" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IdempotentAnswer" (
    "id" TEXT COLLATE "C" NOT NULL,
    "requestHash" TEXT COLLATE "C" NOT NULL,
    "status" INTEGER NOT NULL,
    "answer" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "IdempotentAnswer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "Host_machineId_key" ON "Host"("machineId");

-- CreateIndex
CREATE INDEX "Host_group_id_idx" ON "Host"("group", "id");

-- CreateIndex
CREATE INDEX "Host_release_idx" ON "Host"("release");

-- CreateIndex
CREATE INDEX "Snapshot_hostId_seenSeq_idx" ON "Snapshot"("hostId", "seenSeq");

-- CreateIndex
CREATE INDEX "Snapshot_hostId_fingerprint_seenSeq_idx" ON "Snapshot"("hostId", "fingerprint", "seenSeq");

-- CreateIndex
CREATE UNIQUE INDEX "Snapshot_hostId_memoryDigest_bootId_key" ON "Snapshot"("hostId", "memoryDigest", "bootId");

-- CreateIndex
CREATE INDEX "Plan_hostId_id_idx" ON "Plan"("hostId", "id");

-- CreateIndex
CREATE INDEX "Plan_snapshotId_idx" ON "Plan"("snapshotId");

-- CreateIndex
CREATE INDEX "PlanState_hostId_state_idx" ON "PlanState"("hostId", "state");

-- CreateIndex
CREATE INDEX "PlanState_state_rolloutId_idx" ON "PlanState"("state", "rolloutId");

-- CreateIndex
CREATE UNIQUE INDEX "PolicyVersion_scope_generation_key" ON "PolicyVersion"("scope", "generation");

-- CreateIndex
CREATE INDEX "Pause_scope_id_idx" ON "Pause"("scope", "id");

-- CreateIndex
CREATE INDEX "PinChange_hostId_id_idx" ON "PinChange"("hostId", "id");

-- CreateIndex
CREATE INDEX "TimelineEvent_hostId_id_idx" ON "TimelineEvent"("hostId", "id");

-- CreateIndex
CREATE INDEX "Rollout_phase_idx" ON "Rollout"("phase");

-- CreateIndex
CREATE INDEX "RolloutMember_hostId_idx" ON "RolloutMember"("hostId");

-- CreateIndex
CREATE INDEX "RolloutMember_state_idx" ON "RolloutMember"("state");

-- CreateIndex
CREATE INDEX "RolloutMember_rolloutId_revision_idx" ON "RolloutMember"("rolloutId", "revision");

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

-- CreateIndex
CREATE UNIQUE INDEX "FleetlockCredential_id_key" ON "FleetlockCredential"("id");

-- CreateIndex
CREATE INDEX "RebootDuration_at_idx" ON "RebootDuration"("at");

-- CreateIndex
CREATE INDEX "RolloutEvent_rolloutId_seq_idx" ON "RolloutEvent"("rolloutId", "seq");

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_id_idx" ON "WebhookDelivery"("webhookId", "id");

-- CreateIndex
CREATE INDEX "IdempotentAnswer_createdAt_idx" ON "IdempotentAnswer"("createdAt");

-- AddForeignKey
ALTER TABLE "Snapshot" ADD CONSTRAINT "Snapshot_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Plan" ADD CONSTRAINT "Plan_bootEntryId_fkey" FOREIGN KEY ("bootEntryId") REFERENCES "BootEntry"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PlanState" ADD CONSTRAINT "PlanState_planId_fkey" FOREIGN KEY ("planId") REFERENCES "Plan"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Pin" ADD CONSTRAINT "Pin_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PinChange" ADD CONSTRAINT "PinChange_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TimelineEvent" ADD CONSTRAINT "TimelineEvent_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApprovedException" ADD CONSTRAINT "ApprovedException_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rollout" ADD CONSTRAINT "Rollout_bootEntryId_fkey" FOREIGN KEY ("bootEntryId") REFERENCES "BootEntry"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RolloutMember" ADD CONSTRAINT "RolloutMember_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Lease" ADD CONSTRAINT "Lease_pool_fkey" FOREIGN KEY ("pool") REFERENCES "LeasePool"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "HealthResult" ADD CONSTRAINT "HealthResult_rolloutId_fkey" FOREIGN KEY ("rolloutId") REFERENCES "Rollout"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RebootRule" ADD CONSTRAINT "RebootRule_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;



-- From here on what Prisma's schema cannot say.

-- One writer at a time, over all replicas: every transaction that writes begins with this lock, and triggers that
-- number rows take it again, so that numbers grow in the order of commits.
CREATE FUNCTION "berth_writer"() RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(7480, 1)
$$;

CREATE FUNCTION "AuditEntry_is_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is append-only';
END $$;
CREATE TRIGGER "AuditEntry_no_change" BEFORE UPDATE OR DELETE OR TRUNCATE ON "AuditEntry"
  FOR EACH STATEMENT EXECUTE FUNCTION "AuditEntry_is_append_only"();

CREATE FUNCTION "TimelineEvent_tells"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "berth_writer"();
  INSERT INTO "Event" ("at", "kind", "hostId", "rolloutId", "planId", "target", "detail")
  VALUES (
    NEW."at", NEW."kind", NEW."hostId",
    COALESCE(NEW."rolloutId", (SELECT "rolloutId" FROM "PlanState" WHERE "planId" = NEW."plan")),
    NEW."plan", NEW."hostId", NEW."detail"
  );
  -- What hosts did in a rollout. Their own timelines go with them; this stays.
  IF NEW."rolloutId" IS NOT NULL AND NEW."kind" LIKE 'rollout-%' THEN
    INSERT INTO "RolloutEvent" ("rolloutId", "at", "kind", "by", "hostId", "planId", "detail")
    VALUES (
      NEW."rolloutId", NEW."at", substr(NEW."kind", 9), NULL, NEW."hostId", NEW."plan",
      replace(NEW."detail", ' (' || NEW."rolloutId" || ')', '')
    );
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "TimelineEvent_tells" AFTER INSERT ON "TimelineEvent"
  FOR EACH ROW EXECUTE FUNCTION "TimelineEvent_tells"();

CREATE FUNCTION "AuditEntry_tells"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told json := NEW."detail"::json;
  holder text := COALESCE(told ->> 'holder', NEW."target");
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
      CASE WHEN starts_with(holder, 'host_') THEN holder END,
      CASE WHEN isOfRollout THEN NEW."target" ELSE told ->> 'rollout' END,
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
CREATE TRIGGER "AuditEntry_tells" AFTER INSERT ON "AuditEntry"
  FOR EACH ROW EXECUTE FUNCTION "AuditEntry_tells"();

-- Who was away for longer than that reads everything again.
CREATE FUNCTION "Event_forgets"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "Event" WHERE "seq" <= NEW."seq" - 200000;
  RETURN NULL;
END $$;
CREATE TRIGGER "Event_forgets" AFTER INSERT ON "Event" FOR EACH ROW EXECUTE FUNCTION "Event_forgets"();

-- The newest thousand of each webhook tell enough.
CREATE FUNCTION "WebhookDelivery_forgets"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "WebhookDelivery" WHERE "webhookId" = NEW."webhookId" AND "id" < (
    SELECT "id" FROM "WebhookDelivery" WHERE "webhookId" = NEW."webhookId" ORDER BY "id" DESC LIMIT 1 OFFSET 999
  );
  RETURN NULL;
END $$;
CREATE TRIGGER "WebhookDelivery_forgets" AFTER INSERT ON "WebhookDelivery"
  FOR EACH ROW EXECUTE FUNCTION "WebhookDelivery_forgets"();
