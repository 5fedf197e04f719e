/**
 * @file fault.c  Says where in a JSON document something is wrong
 */
#include <re.h>
#include "json.h"
#include "utf8.h"
#include "fault.h"

enum { QUOTE_MAX = 80 };

int path_print(struct re_printf *pf, const struct path *path)
{
	int err;

	if (!path)
		return 0;

	err = path_print(pf, path->up);

	if (path->key && path->index == PATH_NAMED)
		return err | re_hprintf(pf, "[%H]", quote_print, path->key);

	if (path->key)
		return err | re_hprintf(pf, "%s%s", path->up ? "." : "", path->key);

	return err | re_hprintf(pf, "[%zu]", path->index);
}

static size_t quote_len(const char *text)
{
	const size_t len = str_len(text);
	size_t i = 0, n;

	while (i < len && i < QUOTE_MAX) {
		n = utf8_char(&text[i], len - i, NULL);
		i += n ? n : 1;
	}

	return i;
}

int quote_print(struct re_printf *pf, const char *text)
{
	struct mbuf *mb = mbuf_alloc(QUOTE_MAX);
	const size_t len = quote_len(text);
	int err;

	if (!mb)
		return ENOMEM;

	err = json_write_str(mb, text, len);
	if (!err)
		err = re_hprintf(pf, "%b%s", mb->buf, mb->end, text[len] ? "..." : "");

	mem_deref(mb);

	return err;
}

int fault_at(struct fault *fault, const struct path *path, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = re_snprintf(fault->str, fault->size, "%H: ", path_print, path);
	if (n < 0 || (size_t)n >= fault->size)
		return EINVAL;

	va_start(ap, fmt);
	(void)re_vsnprintf(fault->str + n, fault->size - (size_t)n, fmt, ap);
	va_end(ap);

	return EINVAL;
}
