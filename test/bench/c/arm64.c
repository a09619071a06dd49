/* arm64's loader of `Image` files: kernel, then above it the initrd and the device tree. */
#include <stdlib.h>
#include <string.h>
#include "place.h"

#define KERNEL_ALIGN (2 * MIB)
#define TREE_ALIGN (2 * MIB)
/* The initrd ends within this much of the kernel's gigabyte. */
#define WINDOW (32 * GIB)
enum { TEXT_OFFSET = 8, IMAGE_SIZE = 16, FLAGS = 24, MAGIC = 56, HEADER_SIZE = 64 };

static uint64_t le64(file blob, size_t at)
{
  uint64_t n = 0;
  for (size_t i = 8; i-- > 0;) n = n << 8 | (unsigned char)blob.data[at + i];
  return n;
}

/* Places one more, or says of what kind the one was that found no place. */
static outcome add(const spans *free, const buf *want, era how, placement *out)
{
  uint64_t mem = 0;
  outcome found = locate(free, want, how, out, &mem);
  if (found == FOUND) out->at[out->count++] = (segment){want->kind, mem, want->size};
  else out->kind = want->kind;
  return found;
}

/* What goes above a kernel that has its place. */
static outcome add_others(const spans *free, uint64_t initrd, uint64_t tree, era how, placement *out)
{
  uint64_t kernel = out->at[0].mem, above = kernel + out->at[0].memsz;
  if (initrd > 0) {
    buf want = {"initrd", initrd, 4096, above, down(kernel, GIB) + WINDOW, false};
    outcome found = add(free, &want, how, out);
    if (found != FOUND) return found;
  }
  buf want = {"dtb", tree, TREE_ALIGN, above, NO_LIMIT, true};
  return add(free, &want, how, out);
}

static void search(const spans *free, const input *in, uint64_t page, era how, uint64_t tree, placement *out)
{
  uint64_t text_offset = le64(in->kernel, TEXT_OFFSET);
  buf kernel = {"kernel", up(le64(in->kernel, IMAGE_SIZE) + text_offset, page), KERNEL_ALIGN, 0, NO_LIMIT,
    false};
  const char *first = NULL;
  for (;;) {
    *out = (placement){0};
    outcome found = add(free, &kernel, how, out);
    if (found != FOUND) break;
    found = add_others(free, up(in->initrd_size, page), up(tree, page), how, out);
    if (found == FOUND) {
      out->at[0].mem += text_offset;
      out->at[0].memsz -= text_offset;
      return;
    }
    if (found == WRAPPED) {
      first = out->kind;
      break;
    }
    if (!first) first = out->kind;
    /* All are forgotten, and the kernel looks further up. */
    kernel.min = out->at[0].mem + out->at[0].memsz;
  }
  out->refused = "no-hole";
  if (first) out->kind = first;
}

void place_arm64(const input *in, era how, uint64_t page, placement *out)
{
  spans system_ram = {0}, unmapped = {0}, memory = {0}, reserved = {0}, mapped = {0}, free_spans = {0};
  bool movable = contains(in->cmdline, "movable_node");
  bool seeds = !in->dmesg.data || contains(in->dmesg, "crng init done");
  uint64_t tree = 0, total = 0;
  *out = (placement){0};
  if (!read_iomem(in->iomem, &system_ram, &unmapped) || !read_memblock(in->memory, movable, &memory) ||
      !read_memblock(in->reserved, false, &reserved))
    out->refused = "bad-input";
  else if (in->kernel.size < HEADER_SIZE || memcmp(in->kernel.data + MAGIC, "ARM\x64", 4) != 0 ||
           le64(in->kernel, IMAGE_SIZE) == 0 || le64(in->kernel, FLAGS) & 1)
    out->refused = "kernel-not-loadable";
  else if (!next_tree_size(in->fdt, in->initrd_size, in->next_cmdline, seeds, &tree))
    out->refused = "fdt-missing";
  else {
    subtract(&memory, &unmapped, &mapped);
    subtract(&mapped, &reserved, &free_spans);
    search(&free_spans, in, page, how, tree, out);
    if (!read_mem_total(in->meminfo, &total)) total = sum(&system_ram);
    check_half(total, out);
  }
  free(system_ram.at);
  free(unmapped.at);
  free(memory.at);
  free(reserved.at);
  free(mapped.at);
  free(free_spans.at);
}
