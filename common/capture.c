/**
 * @file capture.c  stderr as a stream of our own
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "capture.h"

enum { LINE_MAX_SIZE = 512 };

static struct {
	FILE *file;
	FILE *original;
	capture_h *h;
	void *arg;
	char line[LINE_MAX_SIZE];
	size_t len;
} capture;

static ssize_t write_handler(void *cookie, const char *buf, size_t size)
{
	(void)cookie;

	for (size_t i = 0; i < size; i++) {

		if (buf[i] != '\n') {
			if (capture.len < sizeof(capture.line) - 1)
				capture.line[capture.len++] = buf[i];
			continue;
		}

		capture.line[capture.len] = '\0';
		capture.len = 0;
		if (capture.h)
			capture.h(capture.line, capture.arg);
	}

	return (ssize_t)size;
}

int capture_stderr(capture_h *h, void *arg)
{
	static const cookie_io_functions_t io = {.write = write_handler};

	capture.h = h;
	capture.arg = arg;

	if (!h) {
		if (capture.file) {
			stderr = capture.original;
			(void)fclose(capture.file);
			capture.file = NULL;
		}
		return 0;
	}

	if (capture.file)
		return 0;

	capture.file = fopencookie(NULL, "w", io);
	if (!capture.file)
		return ENOMEM;

	(void)setvbuf(capture.file, NULL, _IONBF, 0);
	capture.original = stderr;
	stderr = capture.file;

	return 0;
}
