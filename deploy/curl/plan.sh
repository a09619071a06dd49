#!/bin/sh
# Where would a host load a boot entry? Nothing is stored:
#   BERTH_SERVER=https://berth.example BERTH_KEY=berth_operator_... deploy/curl/plan.sh HOST_ID BOOT_ENTRY_ID
set -eu
curl -sS --fail-with-body -H "Authorization: Bearer $BERTH_KEY" -H 'Content-Type: application/json' \
  -d "{\"boot_entry\": \"$2\"}" "$BERTH_SERVER/v1/hosts/$1/plans?dry_run=true"
