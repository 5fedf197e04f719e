/**
 * @file memory_short.c  One allocation of this thread fails
 */
#include <dlfcn.h>
#include <re.h>
#include "memory_short.h"

enum { NONE = -1 };

static _Thread_local int64_t left = NONE; /* allocations until the one that fails */
static _Thread_local bool failed, counting;

static bool fails(void)
{
	if (!counting || left == NONE)
		return false;

	if (left--)
		return false;

	failed = true;

	return true;
}

void memory_short(uint32_t n)
{
	left = n;
	failed = false;
}

void memory_count(bool on)
{
	counting = on;
}

bool memory_enough(void)
{
	left = NONE;

	return failed;
}

void *mem_alloc(size_t size, mem_destroy_h *dh)
{
	static void *(*real)(size_t size, mem_destroy_h * dh);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mem_alloc");

	return fails() ? NULL : real(size, dh);
}

void *mem_zalloc(size_t size, mem_destroy_h *dh)
{
	static void *(*real)(size_t size, mem_destroy_h * dh);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mem_zalloc");

	return fails() ? NULL : real(size, dh);
}

void *mem_realloc(void *data, size_t size)
{
	static void *(*real)(void *data, size_t size);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mem_realloc");

	return fails() ? NULL : real(data, size);
}
