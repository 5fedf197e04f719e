/**
 * @file json_write.c  An odict to JSON text (RFC 8259)
 */
#include <math.h>
#include <re.h>
#include "json.h"
#include "utf8.h"

struct place {
	unsigned expand; /* levels still spread over lines */
	unsigned indent;
};

static const char *escape_find(uint32_t cp)
{
	switch (cp) {

	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/** Append one character; 0 bytes of it well formed: U+FFFD stands for the one byte there. */
static int char_write(struct mbuf *mb, const char *p, size_t n, uint32_t cp)
{
	const char *esc;

	if (!n)
		return mbuf_write_str(mb, "\xef\xbf\xbd");

	esc = escape_find(cp);
	if (esc)
		return mbuf_write_str(mb, esc);

	if (cp < 0x20 || cp == 0x7f)
		return mbuf_printf(mb, "\\u%04x", cp);

	return mbuf_write_mem(mb, (const uint8_t *)p, n);
}

static size_t plain_span(const char *p, size_t len)
{
	size_t n;

	for (n = 0; n < len; n++)
		if ((uint8_t)p[n] < 0x20 || (uint8_t)p[n] >= 0x7f || p[n] == '"' || p[n] == '\\')
			break;

	return n;
}

int json_write_str(struct mbuf *mb, const char *str, size_t len)
{
	int err;

	err = mbuf_write_u8(mb, '"');

	while (len && !err) {

		uint32_t cp = 0;
		size_t n = plain_span(str, len);

		if (n) {
			err = mbuf_write_mem(mb, (const uint8_t *)str, n);
		}
		else {
			n = utf8_char(str, len, &cp);
			err = char_write(mb, str, n, cp);
			n = n ? n : 1;
		}

		str += n;
		len -= n;
	}

	return err | mbuf_write_u8(mb, '"');
}

static int container_write(struct mbuf *mb, const struct odict *o, bool object, struct place at);

static int double_write(struct mbuf *mb, double d)
{
	char buf[40];

	if (!isfinite(d))
		return mbuf_write_str(mb, "null");

	(void)snprintf(buf, sizeof(buf), "%.15g", d);

	return mbuf_write_str(mb, buf);
}

static int value_write(struct mbuf *mb, const struct odict_entry *e, struct place at)
{
	switch (e->type) {

	case ODICT_OBJECT:
		return container_write(mb, e->u.odict, true, at);
	case ODICT_ARRAY:
		return container_write(mb, e->u.odict, false, at);
	case ODICT_STRING:
		return json_write_str(mb, e->u.str, str_len(e->u.str));
	case ODICT_INT:
		return mbuf_printf(mb, "%lld", (long long)e->u.integer);
	case ODICT_DOUBLE:
		return double_write(mb, e->u.dbl);
	case ODICT_BOOL:
		return mbuf_write_str(mb, e->u.boolean ? "true" : "false");
	case ODICT_NULL:
		return mbuf_write_str(mb, "null");
	default:
		return EINVAL;
	}
}

static int line_write(struct mbuf *mb, unsigned indent)
{
	int err = mbuf_write_u8(mb, '\n');

	while (indent--)
		err |= mbuf_write_str(mb, "  ");

	return err;
}

static int container_write(struct mbuf *mb, const struct odict *o, bool object, struct place at)
{
	const struct place inner = {at.expand ? at.expand - 1 : 0, at.indent + 1};
	const bool spread = at.expand && !list_isempty(&o->lst);
	struct le *le;
	int err;

	err = mbuf_write_u8(mb, object ? '{' : '[');

	for (le = o->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		if (spread)
			err |= line_write(mb, inner.indent);

		if (object) {
			err |= json_write_str(mb, e->key, str_len(e->key));
			err |= mbuf_write_str(mb, ": ");
		}

		err |= value_write(mb, e, inner);

		if (le->next)
			err |= mbuf_write_str(mb, spread ? "," : ", ");
	}

	if (spread)
		err |= line_write(mb, at.indent);

	return err | mbuf_write_u8(mb, object ? '}' : ']');
}

int json_write_value(struct mbuf *mb, const struct odict_entry *e)
{
	const struct place at = {0, 0};

	return e ? value_write(mb, e, at) : EINVAL;
}

int json_write(struct mbuf *mb, const struct odict *o, enum odict_type root, unsigned expand)
{
	const struct place at = {expand, 0};

	if (!mb || !o)
		return EINVAL;

	return container_write(mb, o, root == ODICT_OBJECT, at);
}
