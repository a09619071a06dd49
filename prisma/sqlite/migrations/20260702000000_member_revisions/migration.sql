-- AlterTable
ALTER TABLE "RolloutMember" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "PlanState_state_rolloutId_idx" ON "PlanState"("state", "rolloutId");

-- CreateIndex
CREATE INDEX "RolloutMember_rolloutId_revision_idx" ON "RolloutMember"("rolloutId", "revision");
