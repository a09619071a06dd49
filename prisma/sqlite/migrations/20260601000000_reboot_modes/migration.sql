-- AlterTable
ALTER TABLE "RolloutMember" ADD COLUMN "fallback" TEXT;
ALTER TABLE "RolloutMember" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'kexec';

-- Rollouts from before say what is the default since.
UPDATE "Rollout" SET "spec" = json_set(
    "spec",
    '$.on_failure', 'hold',
    '$.fallback_entry', NULL,
    '$.deny_model', NULL,
    '$.deadlines.cold_seconds', 3600,
    '$.deadlines.powercycle_seconds', 3600
);
