/**
 * @file error.c  What went wrong, on stderr: a line for people, or an object for programs
 */
#include <stdio.h>
#include <re.h>
#include "escape.h"
#include "json.h"
#include "ctl.h"

static bool json; /* set once, before the command runs */

void ctl_error_json(bool on)
{
	json = on;
}

static void object_print(const char *text)
{
	struct mbuf *mb = mbuf_alloc(256);

	if (mb && !json_write_str(mb, text, str_len(text)))
		(void)fprintf(stderr, "{\"error\": %.*s}\n", (int)mb->end, (const char *)mb->buf);

	mem_deref(mb);
}

static void text_print_line(const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);
	(void)re_fprintf(stderr, "tandemctl: %H\n", escape_print, &pl);
}

int ctl_error(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsdprintf(&text, fmt, ap);
	va_end(ap);

	(void)fflush(stdout);
	if (json)
		object_print(text ? text : "out of memory");
	else
		text_print_line(text ? text : "out of memory");
	mem_deref(text);

	return CTL_FAILED;
}
