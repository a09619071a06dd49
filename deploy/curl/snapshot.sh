#!/bin/sh
# Posts a capture folder (berth capture DIR) as the newest snapshot of a host, with nothing but curl:
#   BERTH_SERVER=https://berth.example BERTH_KEY=berth_operator_... deploy/curl/snapshot.sh HOST_ID DIR
set -eu
host=$1
dir=$2
unpacked=$(mktemp -d)
trap 'rm -r "$unpacked"' EXIT
set --
for file in "$dir"/*.txt "$dir"/dmesg.txt.gz "$dir"/kernel-config.txt.gz "$dir"/fdt.dtb.gz "$dir"/boot_params.bin; do
  [ -s "$file" ] || continue
  name=$(basename "$file" .gz)
  if [ "$name" = "$(basename "$file")" ]; then cp "$file" "$unpacked/$name"; else gunzip -c "$file" > "$unpacked/$name"; fi
  case $name in
    fdt.dtb) part=fdt ;;
    boot_params.bin) part=boot-params ;;
    *) part=${name%.txt} ;;
  esac
  set -- "$@" -F "$part=@$unpacked/$name"
done
curl -sS --fail-with-body -H "Authorization: Bearer $BERTH_KEY" "$@" "$BERTH_SERVER/v1/hosts/$host/snapshots"
