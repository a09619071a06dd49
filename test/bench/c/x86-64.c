/* x86_64's loader of bzImage files: purgatory, boot_params, kernel, initrd, each as high as it can. */
#include <stdlib.h>
#include <string.h>
#include "place.h"

#define PAGE 4096
/* Nothing goes below: real-mode vectors, and what the BIOS keeps beside them. */
#define LOWEST 0x3000
enum { MAGIC = 0x202, VERSION = 0x206, ALIGNMENT = 0x230, XLOADFLAGS = 0x236, CMDLINE_SIZE = 0x238 };
enum { PREFERRED = 0x258, INIT_SIZE = 0x260, HEADER_SIZE = 1024 };
/* What boot_params is followed by: room for an option, descriptors of UEFI, setup_data of several kinds. */
enum { OPTION_ROOM = 30, EFI_DESCRIPTOR = 48, EFI_DATA = 16 + 96, SEED_DATA = 16 + 32 };

static uint32_t le32(file blob, size_t at)
{
  const unsigned char *b = (const unsigned char *)blob.data + at;
  return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static bool is_since(unsigned major, unsigned minor, unsigned first, unsigned second)
{
  return major > first || (major == first && minor >= second);
}

static uint64_t params_size(uint64_t cmdline, uint64_t efi_entries, bool seeds)
{
  return up(4096 + cmdline + OPTION_ROOM, 16) + up(efi_entries * EFI_DESCRIPTOR, 16) + EFI_DATA +
    (seeds ? SEED_DATA : 0);
}

static void search(const spans *ram, const input *in, unsigned major, unsigned minor, uint64_t params,
                   placement *out)
{
  bool exact = is_since(major, minor, 6, 8);
  era how = {.descending = exact, .exact_top = exact};
  uint64_t purgatory = is_since(major, minor, 5, 15) ? 0x5000 : 0x6000;
  uint64_t preferred = le32(in->kernel, PREFERRED) | (uint64_t)le32(in->kernel, PREFERRED + 4) << 32;
  uint64_t kernel_min = is_since(major, minor, 6, 9) && preferred > MIB ? preferred : MIB;
  buf wanted[] = {
    {"purgatory", purgatory, PAGE, LOWEST, NO_LIMIT, true},
    {"boot_params", up(params, PAGE), PAGE, LOWEST, NO_LIMIT, true},
    {"kernel", up(le32(in->kernel, INIT_SIZE), PAGE), le32(in->kernel, ALIGNMENT), kernel_min, NO_LIMIT, true},
    {"initrd", up(in->initrd_size, PAGE), PAGE, 16 * MIB, NO_LIMIT, true},
  };
  size_t count = in->initrd_size > 0 ? 4 : 3;
  for (size_t i = 0; i < count; i++) {
    uint64_t mem = 0;
    if (locate(ram, &wanted[i], how, out, &mem) != FOUND) {
      out->refused = "no-hole";
      out->kind = wanted[i].kind;
      return;
    }
    out->at[out->count++] = (segment){wanted[i].kind, mem, wanted[i].size};
  }
}

void place_x86_64(const input *in, unsigned major, unsigned minor, placement *out)
{
  spans system_ram = {0}, unmapped = {0};
  uint64_t efi_entries = 0, total = 0, cmdline = strlen(in->next_cmdline) + 1;
  *out = (placement){0};
  if (!read_iomem(in->iomem, &system_ram, &unmapped) || !count_efi_map(in->efi_map, &efi_entries))
    out->refused = "bad-input";
  else if (in->kernel.size < HEADER_SIZE || memcmp(in->kernel.data + MAGIC, "HdrS", 4) != 0 ||
           (le32(in->kernel, VERSION) & 0xffff) < 0x20c || (le32(in->kernel, XLOADFLAGS) & 3) != 3)
    out->refused = "kernel-not-loadable";
  else if (cmdline + OPTION_ROOM > le32(in->kernel, CMDLINE_SIZE))
    out->refused = "cmdline-too-long";
  else {
    search(&system_ram, in, major, minor, params_size(cmdline, efi_entries, is_since(major, minor, 6, 0)), out);
    if (!read_mem_total(in->meminfo, &total)) total = sum(&system_ram);
    check_half(total, out);
  }
  free(system_ram.at);
  free(unmapped.at);
}
