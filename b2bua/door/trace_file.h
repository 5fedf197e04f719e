/**
 * @file trace_file.h  A capture file of bounded size, whose disk the loop never waits for
 *
 *   trace_file_write() ──► next (filled by the loop) ──► out (written by the background) ──► the file
 *
 * Messages are gathered for a moment: to wake the background costs more than to write. While one buffer is
 * written the other one is filled; when that is full, messages are lost and counted.
 */
#ifndef TANDEM_DOOR_TRACE_FILE_H
#define TANDEM_DOOR_TRACE_FILE_H

#include "trace_ring.h"

struct background;
struct config;
struct trace_file;

struct trace_file_figures {
	uint32_t messages;
	uint32_t lost; /* the disk was too slow for them, or memory short */
	size_t bytes;
};

/** A file `name` in trace_dir, not there yet. The background must outlive it. */
int trace_file_alloc(struct trace_file **fp, const struct config *cfg, const char *name,
		     struct background *background);

/**
 * Make the file, and the folder where it is missing; on the background's thread.
 *
 * @return 0, EDQUOT (there are trace_files already), or why it cannot be made
 */
int trace_file_open(struct trace_file *f);

/** Add a message, without its secrets. EFBIG: the file is full; else what writing failed with. */
int trace_file_write(struct trace_file *f, const struct trace_msg *m, const char *text);

/** Let go of it: what was gathered is written, then the file is closed. */
struct trace_file *trace_file_close(struct trace_file *f);

const char *trace_file_path(const struct trace_file *f);
void trace_file_figures(const struct trace_file *f, struct trace_file_figures *figures);

#endif
