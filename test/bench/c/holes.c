/* Spans of memory, and the search for a hole in them. */
#include <stdlib.h>
#include "place.h"

void push(spans *list, span one)
{
  if (list->count == list->room) {
    list->room = list->room ? 2 * list->room : 16;
    list->at = realloc(list->at, list->room * sizeof(span));
    if (!list->at) abort();
  }
  list->at[list->count++] = one;
}

/* What of each span is in no hole; both lists ascend, and what touches stays apart. */
void subtract(const spans *from, const spans *holes, spans *out)
{
  size_t next = 0;
  for (size_t i = 0; i < from->count; i++) {
    span left = from->at[i];
    while (next < holes->count && holes->at[next].last < left.start) next++;
    bool all_gone = false;
    for (size_t j = next; j < holes->count && holes->at[j].start <= left.last; j++) {
      span hole = holes->at[j];
      if (hole.start > left.start) push(out, (span){left.start, hole.start - 1});
      all_gone = hole.last >= left.last;
      if (all_gone) break;
      if (hole.last >= left.start) left.start = hole.last + 1;
    }
    if (!all_gone) push(out, left);
  }
}

uint64_t sum(const spans *list)
{
  uint64_t bytes = 0;
  for (size_t i = 0; i < list->count; i++) bytes += list->at[i].last - list->at[i].start + 1;
  return bytes;
}

void check_half(uint64_t total, placement *out)
{
  uint64_t wanted = 0;
  for (size_t i = 0; i < out->count; i++) wanted += out->at[i].memsz;
  if (!out->refused && wanted > total / 2) out->refused = "over-half-of-ram";
}

static const segment *in_the_way(const placement *placed, uint64_t mem, uint64_t size)
{
  for (size_t i = 0; i < placed->count; i++) {
    const segment *other = &placed->at[i];
    if (mem < other->mem + other->memsz && other->mem < mem + size) return other;
  }
  return NULL;
}

/*
 * The highest aligned hole of one span. Going straight below what is in the way tries the same addresses as
 * stepping down a page at a time. Below zero the kernel's arithmetic wraps, and its load fails.
 */
static outcome highest(span in, const buf *want, era how, const placement *placed, uint64_t *mem)
{
  uint64_t top = in.last < want->max ? in.last : want->max;
  uint64_t reach = top + (how.exact_top ? 1 : 0);
  if (reach < want->size) return WRAPPED;
  uint64_t at = reach - want->size;
  for (;;) {
    at = down(at, want->align);
    if (at < in.start || at < want->min) return NOWHERE;
    const segment *other = in_the_way(placed, at, want->size);
    if (!other) {
      *mem = at;
      return FOUND;
    }
    if (other->mem < want->size) return in.start == 0 && want->min == 0 ? WRAPPED : NOWHERE;
    at = other->mem - want->size;
  }
}

static outcome lowest(span in, const buf *want, const placement *placed, uint64_t *mem)
{
  uint64_t at = in.start > want->min ? in.start : want->min;
  for (;;) {
    at = up(at, want->align);
    uint64_t last = at + want->size - 1;
    if (last > in.last || last > want->max) return NOWHERE;
    const segment *other = in_the_way(placed, at, want->size);
    if (!other) {
      *mem = at;
      return FOUND;
    }
    at = other->mem + other->memsz;
  }
}

/* The kernel's search: the first span that has a hole, in the order of its era. */
outcome locate(const spans *free, const buf *want, era how, const placement *placed, uint64_t *mem)
{
  for (size_t i = 0; i < free->count; i++) {
    bool backwards = want->top_down && how.descending;
    span in = free->at[backwards ? free->count - 1 - i : i];
    if (in.last - in.start + 1 < want->size || in.last < want->min || in.start > want->max) continue;
    outcome found = want->top_down ? highest(in, want, how, placed, mem) : lowest(in, want, placed, mem);
    if (found != NOWHERE) return found;
  }
  return NOWHERE;
}
