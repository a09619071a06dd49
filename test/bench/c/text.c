/* The text files of one boot, line by line. */
#include <stdlib.h>
#include <string.h>
#include "place.h"

/* A line under the reader's eye: `at` moves on, `end` is behind its last character. */
typedef struct { const char *at, *end; } line;

/* Takes the next line of a text; false where there is none. */
static bool next_line(file *text, line *out)
{
  if (text->size == 0) return false;
  const char *newline = memchr(text->data, '\n', text->size);
  size_t length = newline ? (size_t)(newline - text->data) : text->size;
  out->at = text->data;
  out->end = text->data + length;
  size_t taken = length + (newline ? 1 : 0);
  text->data += taken;
  text->size -= taken;
  return true;
}

static bool take(line *from, const char *words)
{
  size_t length = strlen(words);
  if ((size_t)(from->end - from->at) < length || memcmp(from->at, words, length) != 0) return false;
  from->at += length;
  return true;
}

static size_t take_spaces(line *from)
{
  const char *began = from->at;
  while (from->at < from->end && *from->at == ' ') from->at++;
  return (size_t)(from->at - began);
}

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A number in lowercase hex; false without a digit, and beyond 64 bits. */
static bool take_hex(line *from, uint64_t *value)
{
  const char *began = from->at;
  uint64_t n = 0;
  for (int digit; from->at < from->end && (digit = hex_digit(*from->at)) >= 0; from->at++) {
    if (n >> 60) return false;
    n = n << 4 | (uint64_t)digit;
  }
  *value = n;
  return from->at > began;
}

static bool take_decimal(line *from, uint64_t *value)
{
  const char *began = from->at;
  uint64_t n = 0;
  for (; from->at < from->end && *from->at >= '0' && *from->at <= '9'; from->at++) {
    if (n > UINT64_MAX / 10 - 10) return false;
    n = n * 10 + (uint64_t)(*from->at - '0');
  }
  *value = n;
  return from->at > began;
}

static bool is(const line *rest, const char *words)
{
  size_t length = strlen(words);
  return (size_t)(rest->end - rest->at) == length && memcmp(rest->at, words, length) == 0;
}

static bool begins(const line *rest, const char *words)
{
  line copy = *rest;
  return take(&copy, words);
}

#define DEEPEST 8

/*
 * iomem: System RAM that counts (not what a driver added, nor what stands below RAM), and the first level's
 * `reserved`. Children lie in their parents, siblings ascend.
 */
bool read_iomem(file text, spans *system_ram, spans *unmapped)
{
  span path[DEEPEST + 1];
  size_t depths = 0;
  /* The depth at which RAM began: nothing below it is looked at. */
  size_t ram_at = DEEPEST + 1;
  for (line row; next_line(&text, &row);) {
    size_t indent = take_spaces(&row);
    size_t depth = indent / 2;
    span here;
    if (indent % 2 != 0 || depth > depths || depth > DEEPEST) return false;
    if (!take_hex(&row, &here.start) || !take(&row, "-") || !take_hex(&row, &here.last)) return false;
    if (!take(&row, " : ") || here.last < here.start) return false;
    if (depth > 0 && (here.start < path[depth - 1].start || here.last > path[depth - 1].last)) return false;
    if (depth < depths && here.start <= path[depth].last) {
      if (depth < 5 || here.last > path[depth].last) return false;
    } else {
      path[depth] = here;
      depths = depth + 1;
    }
    if (depth <= ram_at) ram_at = DEEPEST + 1;
    if (depth > ram_at) continue;
    if (begins(&row, "System RAM")) {
      ram_at = depth;
      if (is(&row, "System RAM")) push(system_ram, here);
    } else if (depth == 0 && is(&row, "reserved")) push(unmapped, here);
  }
  return depths > 0;
}

/* Whether the loader's walk leaves a region alone. False where a flag is none that kernels print. */
static bool read_flags(line *row, bool movable_node, bool *skipped)
{
  static const char *const known[] = {"NOMAP", "DRV_MNG", "HOTPLUG", "NONE", "MIRROR", "RSV_NIT",
    "RSRV_NOINIT", "RSV_KERN", "RSRV_KERN", "KHO_SCRATCH", "UNKNOWN"};
  for (;;) {
    size_t i = 0;
    while (i < sizeof known / sizeof *known && !begins(row, known[i])) i++;
    if (i == sizeof known / sizeof *known) return false;
    if (i < 2 || (i == 2 && movable_node)) *skipped = true;
    take(row, known[i]);
    if (row->at == row->end) return true;
    if (!take(row, "|")) return false;
  }
}

/* debugfs memblock/memory or memblock/reserved, with node and flags (6.5 and later) or without. */
bool read_memblock(file text, bool movable_node, spans *out)
{
  uint64_t expected = 0, before = 0;
  for (line row; next_line(&text, &row); expected++) {
    uint64_t index, node;
    span here;
    take_spaces(&row);
    if (!take_decimal(&row, &index) || index != expected || !take(&row, ": 0x")) return false;
    if (!take_hex(&row, &here.start) || !take(&row, "..0x") || !take_hex(&row, &here.last)) return false;
    if (here.last < here.start || (expected > 0 && here.start <= before)) return false;
    before = here.last;
    bool skipped = false;
    if (row.at < row.end) {
      if (take_spaces(&row) == 0 || !(take(&row, "x") || take_decimal(&row, &node))) return false;
      if (take_spaces(&row) == 0 || !read_flags(&row, movable_node, &skipped)) return false;
    }
    if (!skipped) push(out, here);
  }
  return true;
}

/* Entries of the UEFI runtime map, each `N type=… phys=… virt=… pages=… attr=…`. */
bool count_efi_map(file text, uint64_t *entries)
{
  static const char *const fields[] = {" type=0x", " phys=0x", " virt=0x", " pages=0x", " attr=0x"};
  *entries = 0;
  for (line row; next_line(&text, &row); ++*entries) {
    uint64_t value;
    if (!take_decimal(&row, &value)) return false;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
      if (!take(&row, fields[i]) || !take_hex(&row, &value)) return false;
    if (row.at < row.end) return false;
  }
  return true;
}

/* `Linux HOST RELEASE …MACHINE GNU/Linux`; a release ending in `-64k` or `-16k` names its page size. */
bool read_release(file uname, unsigned *major, unsigned *minor, bool *arm64, uint64_t *page)
{
  line row;
  uint64_t first, second;
  if (!next_line(&uname, &row) || !take(&row, "Linux ")) return false;
  const char *space = memchr(row.at, ' ', (size_t)(row.end - row.at));
  if (!space) return false;
  row.at = space + 1;
  if (!take_decimal(&row, &first) || !take(&row, ".") || !take_decimal(&row, &second)) return false;
  const char *release_end = memchr(row.at, ' ', (size_t)(row.end - row.at));
  if (!release_end) return false;
  line release = {row.at, release_end};
  *page = 4096;
  for (; release.at < release.end; release.at++) {
    if (begins(&release, "-64k")) *page = 65536;
    if (begins(&release, "-16k")) *page = 16384;
  }
  *major = (unsigned)first;
  *minor = (unsigned)second;
  file rest = {row.at, (size_t)(row.end - row.at)};
  *arm64 = contains(rest, " aarch64");
  return *arm64 || contains(rest, " x86_64");
}

bool read_mem_total(file meminfo, uint64_t *bytes)
{
  for (line row; next_line(&meminfo, &row);) {
    if (!take(&row, "MemTotal:")) continue;
    take_spaces(&row);
    if (!take_decimal(&row, bytes)) return false;
    *bytes *= 1024;
    return true;
  }
  return false;
}

bool contains(file text, const char *words)
{
  return text.data && memmem(text.data, text.size, words, strlen(words)) != NULL;
}
