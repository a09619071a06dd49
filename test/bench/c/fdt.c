/* The size of the device tree that the loader hands on: the running one, edited and packed. */
#include <string.h>
#include "place.h"

enum { BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4, END = 9 };
enum { HEADER = 40, RESERVATION = 16, PROPERTY_HEAD = 12 };

static uint32_t be32(file blob, uint64_t at)
{
  const unsigned char *b = (const unsigned char *)blob.data + at;
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint64_t be64(file blob, uint64_t at)
{
  return (uint64_t)be32(blob, at) << 32 | be32(blob, at + 4);
}

/* Whether `name` stands in the strings block, as a whole or as the tail of another. */
static bool is_named(file strings, const char *name)
{
  size_t length = strlen(name) + 1;
  return strings.size >= length && memmem(strings.data, strings.size, name, length) != NULL;
}

typedef struct {
  uint64_t structure; /* bytes of the structure block, without what is taken out */
  bool has_chosen;
  uint64_t initrd_start, initrd_end; /* of the running kernel; 0 for none */
  bool has_rng_seed;
} walked;

static uint64_t cells(file blob, uint64_t at, uint32_t size)
{
  return size == 8 ? be64(blob, at) : size == 4 ? be32(blob, at) : 0;
}

/* Whether the loader takes a property of /chosen out, or writes it anew. */
static bool is_replaced(const char *name)
{
  static const char *const names[] = {"linux,elfcorehdr", "linux,usable-memory-range", "linux,initrd-start",
    "linux,initrd-end", "bootargs", "kaslr-seed", "linux,booted-from-kexec"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

/* Walks the structure block; false where it is broken. `seeds`: a seed for the generator is written anew. */
static bool walk(file blob, uint64_t from, uint64_t end, file strings, bool seeds, walked *out)
{
  unsigned depth = 0;
  bool in_chosen = false;
  uint64_t gone = 0;
  for (uint64_t at = from; at + 4 <= end;) {
    uint32_t tag = be32(blob, at);
    if (tag == NOP) {
      at += 4;
    } else if (tag == BEGIN_NODE) {
      const char *name = blob.data + at + 4;
      const char *nul = memchr(name, 0, end - at - 4);
      if (!nul) return false;
      depth++;
      in_chosen = depth == 2 && (strcmp(name, "chosen") == 0 || strncmp(name, "chosen@", 7) == 0);
      out->has_chosen |= in_chosen;
      at = from + up((uint64_t)(nul - blob.data) + 1 - from, 4);
    } else if (tag == PROPERTY) {
      if (at + PROPERTY_HEAD > end || depth == 0) return false;
      uint32_t size = be32(blob, at + 4), name_at = be32(blob, at + 8);
      if (size > end - at - PROPERTY_HEAD || name_at >= strings.size) return false;
      if (!memchr(strings.data + name_at, 0, strings.size - name_at)) return false;
      const char *name = strings.data + name_at;
      uint64_t whole = PROPERTY_HEAD + up(size, 4);
      if (in_chosen) {
        if (strcmp(name, "linux,initrd-start") == 0)
          out->initrd_start = cells(blob, at + PROPERTY_HEAD, size);
        if (strcmp(name, "linux,initrd-end") == 0) out->initrd_end = cells(blob, at + PROPERTY_HEAD, size);
        if (is_replaced(name) || (seeds && strcmp(name, "rng-seed") == 0)) gone += whole;
      }
      at += whole;
    } else if (tag == END_NODE) {
      if (depth-- == 0) return false;
      in_chosen = false;
      at += 4;
    } else if (tag == END) {
      out->structure = end - from - gone;
      return depth == 0;
    } else return false;
  }
  return false;
}

bool next_tree_size(file blob, uint64_t initrd, const char *cmdline, bool seeds, uint64_t *bytes)
{
  if (blob.size < HEADER || be32(blob, 0) != 0xd00dfeed) return false;
  uint64_t size = be32(blob, 4), structure = be32(blob, 8), strings_at = be32(blob, 12);
  uint64_t reserved_at = be32(blob, 16), strings_size = be32(blob, 32), structure_size = be32(blob, 36);
  if (size > blob.size || structure + structure_size > size || strings_at + strings_size > size) return false;
  file strings = {blob.data + strings_at, strings_size};
  walked seen = {0};
  if (!walk(blob, structure, structure + structure_size, strings, seeds, &seen)) return false;

  uint64_t reservations = 0;
  bool old_gone = false;
  for (uint64_t at = reserved_at;; at += RESERVATION) {
    if (at + RESERVATION > size) return false;
    uint64_t start = be64(blob, at), length = be64(blob, at + 8);
    if (start == 0 && length == 0) break;
    bool old = !old_gone && seen.initrd_end > seen.initrd_start && start == seen.initrd_start &&
      length == seen.initrd_end - seen.initrd_start;
    old_gone |= old;
    reservations += old ? 0 : 1;
  }

  uint64_t more = seen.has_chosen ? 0 : 4 + up(sizeof "chosen", 4) + 4;
  uint64_t names = 0;
  struct { const char *name; bool written; uint64_t size; } written[] = {
    {"linux,initrd-start", initrd > 0, 8},
    {"linux,initrd-end", initrd > 0, 8},
    {"bootargs", *cmdline != 0, strlen(cmdline) + 1},
    {"kaslr-seed", seeds, 8},
    {"rng-seed", seeds, 128},
    {"linux,booted-from-kexec", true, 0},
  };
  for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
    if (!written[i].written) continue;
    more += PROPERTY_HEAD + up(written[i].size, 4);
    if (!is_named(strings, written[i].name)) names += strlen(written[i].name) + 1;
  }
  if (initrd > 0) reservations++;
  *bytes = HEADER + (reservations + 1) * RESERVATION + seen.structure + more + strings_size + names;
  return true;
}
