/*
 * place DIR KERNEL KERNEL_SIZE INITRD_SIZE CMDLINE [TIMES]
 *
 * Prints where everything goes, a segment a line: kind, address, size. With TIMES it does the same so often over,
 * from the texts in memory, and then prints the microseconds that one took: of the processor, and by the clock.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "place.h"

static file read_file(const char *dir, const char *name)
{
  char path[4096];
  snprintf(path, sizeof path, "%s%s%s", dir, *dir ? "/" : "", name);
  FILE *stream = fopen(path, "rb");
  if (!stream) return (file){NULL, 0};
  file out = {NULL, 0};
  fseek(stream, 0, SEEK_END);
  long size = ftell(stream);
  rewind(stream);
  char *data = malloc((size_t)size + 1);
  if (!data || fread(data, 1, (size_t)size, stream) != (size_t)size) abort();
  fclose(stream);
  out.data = data;
  out.size = (size_t)size;
  return out;
}

static void place(const input *in, placement *out)
{
  unsigned major, minor;
  bool arm64;
  uint64_t page;
  *out = (placement){0};
  if (!read_release(in->uname, &major, &minor, &arm64, &page)) out->refused = "bad-input";
  else if (!arm64) place_x86_64(in, major, minor, out);
  else {
    bool exact = major > 6 || (major == 6 && minor >= 8);
    place_arm64(in, (era){.descending = true, .exact_top = exact}, page, out);
  }
}

static void print(const placement *out)
{
  if (out->refused) printf("refused %s %s\n", out->refused, out->kind ? out->kind : "-");
  for (size_t i = 0; !out->refused && i < out->count; i++)
    printf("%s 0x%" PRIx64 " %" PRIu64 "\n", out->at[i].kind, out->at[i].mem, out->at[i].memsz);
}

static double microseconds(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
  if (argc != 6 && argc != 7) {
    fprintf(stderr, "usage: place DIR KERNEL KERNEL_SIZE INITRD_SIZE CMDLINE [TIMES]\n");
    return 2;
  }
  const char *dir = argv[1];
  input in = {
    .uname = read_file(dir, "uname.txt"),
    .cmdline = read_file(dir, "cmdline.txt"),
    .iomem = read_file(dir, "iomem.txt"),
    .memory = read_file(dir, "memblock-memory.txt"),
    .reserved = read_file(dir, "memblock-reserved.txt"),
    .dmesg = read_file(dir, "dmesg.txt"),
    .fdt = read_file(dir, "fdt.dtb"),
    .efi_map = read_file(dir, "efi-runtime-map.txt"),
    .meminfo = read_file(dir, "meminfo.txt"),
    .kernel = read_file("", argv[2]),
    .kernel_size = strtoull(argv[3], NULL, 10),
    .initrd_size = strtoull(argv[4], NULL, 10),
    .next_cmdline = argv[5],
  };
  placement out;
  place(&in, &out);
  print(&out);
  if (argc == 7) {
    long times = strtol(argv[6], NULL, 10);
    double cpu = microseconds(CLOCK_PROCESS_CPUTIME_ID), wall = microseconds(CLOCK_MONOTONIC);
    for (long i = 0; i < times; i++) place(&in, &out);
    printf("cpu %f\n", (microseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)times);
    printf("wall %f\n", (microseconds(CLOCK_MONOTONIC) - wall) / (double)times);
  }
  return out.refused ? 3 : 0;
}
