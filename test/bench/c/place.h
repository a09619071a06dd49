/*
 * The yardstick of the planning bench: where kexec_file_load would put a kernel, its initrd and what
 * goes with them, from the text files of one boot. Written from the rules that ARCHITECTURE.md cites, to be
 * what a careful C programmer would write: every line is checked, nothing is skipped, no tricks.
 *
 * Units: bytes. A span holds both its first and its last byte. Sizes are 64 bits wide throughout.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct { uint64_t start, last; } span;
typedef struct { span *at; size_t count, room; } spans;

/* A file as it was read: not ended by a NUL. data is NULL where there is no such file. */
typedef struct { const char *data; size_t size; } file;

/* What one boot and one image are told by. */
typedef struct {
  file uname, cmdline, iomem, memory, reserved, dmesg, fdt, efi_map, meminfo, kernel;
  uint64_t kernel_size, initrd_size;
  const char *next_cmdline;
} input;

typedef struct { const char *kind; uint64_t mem, memsz; } segment;

#define MOST_SEGMENTS 8

/* The outcome: segments in load order, or why there are none. */
typedef struct {
  segment at[MOST_SEGMENTS];
  size_t count;
  const char *refused; /* NULL where everything has a place */
  const char *kind;    /* of what found none */
} placement;

/* What a loader asks for; limits are included. */
typedef struct {
  const char *kind;
  uint64_t size, align, min, max;
  bool top_down;
} buf;

/* How a release searches; see holes.c. */
typedef struct {
  bool descending; /* top-down also visits the spans from the highest down */
  bool exact_top;  /* no page is wasted below the top of a span */
} era;

typedef enum { FOUND, NOWHERE, WRAPPED } outcome;

#define NO_LIMIT UINT64_MAX
#define MIB (1024 * 1024ull)
#define GIB (1024 * MIB)

static inline uint64_t down(uint64_t n, uint64_t align) { return n - n % align; }
static inline uint64_t up(uint64_t n, uint64_t align) { return down(n + align - 1, align); }

/* text.c: what the files say. Each is false where a line is not as the kernel prints it. */
bool read_iomem(file iomem, spans *system_ram, spans *unmapped);
bool read_memblock(file list, bool movable_node, spans *out);
bool count_efi_map(file map, uint64_t *entries);
bool read_release(file uname, unsigned *major, unsigned *minor, bool *arm64, uint64_t *page);
bool read_mem_total(file meminfo, uint64_t *bytes);
bool contains(file text, const char *words);

/* holes.c: which spans, and where in them. */
void push(spans *list, span one);
void subtract(const spans *from, const spans *holes, spans *out);
uint64_t sum(const spans *list);
outcome locate(const spans *free, const buf *want, era how, const placement *placed, uint64_t *mem);

/* Refuses what fills more than half of the memory. */
void check_half(uint64_t total, placement *out);

/* fdt.c: how large the next kernel's device tree is. */
bool next_tree_size(file tree, uint64_t initrd, const char *cmdline, bool seeds, uint64_t *bytes);

/* arm64.c, x86-64.c: the two loaders. */
void place_arm64(const input *in, era how, uint64_t page, placement *out);
void place_x86_64(const input *in, unsigned major, unsigned minor, placement *out);

#endif
