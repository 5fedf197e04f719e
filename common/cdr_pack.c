/**
 * @file cdr_pack.c  A CDR as bytes: for the spool, and as the columns of its row
 *
 * A packed record is: version (1 byte), number of fields (1 byte), then the fields in the order of
 * cdr_fields[]. Text is its length plus one as a varint, then the bytes; length 0 stands for NULL.
 * Numbers are zigzag varints. A record with fewer fields than we know was packed by an older program:
 * the rest keep their defaults.
 */
#include <string.h>
#include "cdr_field.h"

enum { PACK_VERSION = 1, VARINT_MAX = 10 };

/** How long texts may be. */
struct limits {
	size_t text, money;
};

static uint8_t *put_varint(uint8_t *p, uint64_t number)
{
	while (number >= 0x80) {
		*p++ = (uint8_t)(number | 0x80);
		number >>= 7;
	}
	*p++ = (uint8_t)number;

	return p;
}

static uint8_t *put_number(uint8_t *p, int64_t number)
{
	const uint64_t sign =
		number < 0 ? UINT64_MAX : 0; /* zigzag: small numbers of either sign stay short */

	return put_varint(p, ((uint64_t)number << 1) ^ sign);
}

static uint8_t *put_text(uint8_t *p, const char *text, size_t len)
{
	p = put_varint(p, text ? len + 1 : 0);
	if (text)
		memcpy(p, text, len);

	return p + len;
}

/* What a field's text comes to within the limits. */
static const char *packed_text(size_t *len, const struct cdr *cdr, const struct cdr_field *field,
			       const struct limits *limits)
{
	const char *text = field->kind == CDR_KIND_ID ? cdr->cdr_id : *cdr_field_text(cdr, field);

	*len = text ? strlen(text) : 0;

	if ((field->kind == CDR_KIND_JSON && *len > limits->text) ||
	    (field->kind == CDR_KIND_MONEY && *len > limits->money)) {
		*len = 0;
		return NULL;
	}
	if (field->kind == CDR_KIND_TEXT)
		*len = cdr_text_cut(text, *len, limits->text);

	return text;
}

static size_t pack_size_max(const struct cdr *cdr, const struct limits *limits)
{
	size_t size = 2, i, len;

	for (i = 0; i < CDR_FIELDC; i++) {

		size += VARINT_MAX;
		if (cdr_kind_is_text(cdr_fields[i].kind) || cdr_fields[i].kind == CDR_KIND_ID) {
			(void)packed_text(&len, cdr, &cdr_fields[i], limits);
			size += len;
		}
	}

	return size;
}

static int pack(struct mbuf *mb, const struct cdr *cdr, const struct limits *limits)
{
	const size_t size = mb->pos + pack_size_max(cdr, limits);
	const char *text;
	size_t i, len;
	uint8_t *p;
	int err;

	if (size > mb->size) {
		err = mbuf_resize(mb, size);
		if (err)
			return err;
	}

	p = mbuf_buf(mb);
	*p++ = PACK_VERSION;
	*p++ = CDR_FIELDC;

	for (i = 0; i < CDR_FIELDC; i++) {

		const struct cdr_field *field = &cdr_fields[i];

		if (cdr_kind_is_text(field->kind) || field->kind == CDR_KIND_ID) {
			text = packed_text(&len, cdr, field, limits);
			p = put_text(p, text, len);
		}
		else {
			p = put_number(p, cdr_field_number(cdr, field));
		}
	}

	mb->pos = mb->end = (size_t)(p - mb->buf);

	return 0;
}

int cdr_pack(struct mbuf *mb, const struct cdr *cdr)
{
	static const struct limits limits = {CDR_TEXT_MAX, CDR_TEXT_MAX};

	if (!mb || !cdr)
		return EINVAL;

	return pack(mb, cdr, &limits);
}

int cdr_pack_within(struct mbuf *mb, const struct cdr *cdr, size_t size)
{
	/* the last keeps an account's name: without it nobody is charged */
	static const struct limits limitv[] = {
		{CDR_TEXT_MAX, CDR_TEXT_MAX},
		{1024, CDR_TEXT_MAX},
		{256, CDR_TEXT_MAX},
		{128, CDR_TEXT_MAX},
		{64, CDR_TEXT_MAX},
		{32, CDR_TEXT_MAX},
		{32, 64},
	};
	size_t start, i;
	int err;

	if (!mb || !cdr)
		return EINVAL;

	start = mb->pos;
	for (i = 0; i < ARRAY_SIZE(limitv); i++) {

		err = pack(mb, cdr, &limitv[i]);
		if (err || mb->pos - start <= size)
			return err;

		mb->pos = mb->end = start;
	}

	return EOVERFLOW;
}

static int get_varint(uint64_t *number, struct mbuf *mb)
{
	const uint8_t *p = mbuf_buf(mb);
	const size_t left = mbuf_get_left(mb);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < left && i < VARINT_MAX; i++) {

		n |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] & 0x80)
			continue;

		mb->pos += i + 1;
		*number = n;
		return 0;
	}

	return EBADMSG;
}

static int get_number(int64_t *number, struct mbuf *mb)
{
	uint64_t n;
	int err;

	err = get_varint(&n, mb);
	if (!err)
		*number = (int64_t)(n >> 1) ^ -(int64_t)(n & 1);

	return err;
}

static int get_text(struct pl *text, struct mbuf *mb)
{
	uint64_t n;
	int err;

	err = get_varint(&n, mb);
	if (err)
		return err;

	*text = pl_null;
	if (!n)
		return 0;

	if (n - 1 > CDR_TEXT_MAX || n - 1 > mbuf_get_left(mb))
		return EBADMSG;

	text->p = (const char *)mbuf_buf(mb);
	text->l = (size_t)n - 1;
	mb->pos += text->l;

	/* a string of the record ends at its first NUL; one inside would be read back shorter */
	return memchr(text->p, 0, text->l) ? EBADMSG : 0;
}

static int get_header(size_t *fieldc, struct mbuf *mb)
{
	if (!mb || mbuf_get_left(mb) < 2 || mbuf_read_u8(mb) != PACK_VERSION)
		return EBADMSG;

	*fieldc = mbuf_read_u8(mb);

	return *fieldc && *fieldc <= CDR_FIELDC ? 0 : EBADMSG;
}

static void value_name(struct cdr_value *value, const char *name)
{
	value->type = CDR_VALUE_TEXT;
	pl_set_str(&value->text, name);
}

/* One field as a column: what the field's kind calls NULL is NULL. EBADMSG: outside its enumeration. */
static int value_number(struct cdr_value *value, enum cdr_kind kind, int64_t number)
{
	value->type = CDR_VALUE_NUMBER;
	value->number = number;

	switch (kind) {
	case CDR_KIND_SOME:
		if (!number)
			value->type = CDR_VALUE_NULL;
		break;
	case CDR_KIND_MS:
		if (number < 0)
			value->type = CDR_VALUE_NULL;
		break;
	case CDR_KIND_DISPOSITION:
		if (!cdr_disposition_valid(number))
			return EBADMSG;
		value_name(value, cdr_disposition_name((enum cdr_disposition)number));
		break;
	case CDR_KIND_PARTY:
		if (!cdr_party_valid(number))
			return EBADMSG;
		value_name(value, cdr_party_name((enum cdr_party)number));
		break;
	default:
		break;
	}

	return 0;
}

/* Read one field; `number` is as packed, before the kind turns it into NULL or a name. */
static int get_field(struct cdr_value *value, int64_t *number, struct mbuf *mb, enum cdr_kind kind)
{
	int err;

	*number = 0;

	if (kind != CDR_KIND_ID && !cdr_kind_is_text(kind)) {
		err = get_number(number, mb);
		return err ? err : value_number(value, kind, *number);
	}

	err = get_text(&value->text, mb);
	if (err)
		return err;

	value->type = value->text.p ? CDR_VALUE_TEXT : CDR_VALUE_NULL;

	return kind == CDR_KIND_ID && value->text.l != UUID_STRSIZE - 1 ? EBADMSG : 0;
}

int cdr_values(struct cdr_value valuev[CDR_FIELDC], struct mbuf *mb)
{
	size_t fieldc, i;
	int64_t number;
	int err;

	err = get_header(&fieldc, mb);
	if (err)
		return err;

	for (i = 0; i < fieldc; i++) {
		err = get_field(&valuev[i], &number, mb, cdr_fields[i].kind);
		if (err)
			return err;
	}

	for (; i < CDR_FIELDC; i++)
		valuev[i].type = CDR_VALUE_NULL;

	return 0;
}

static int field_unpack(struct cdr *cdr, const struct cdr_field *field, struct mbuf *mb)
{
	struct cdr_value value;
	int64_t number;
	int err;

	err = get_field(&value, &number, mb, field->kind);
	if (err)
		return err;

	if (field->kind == CDR_KIND_ID)
		(void)pl_strcpy(&value.text, cdr->cdr_id, sizeof(cdr->cdr_id));
	else if (!cdr_kind_is_text(field->kind))
		cdr_field_set_number(cdr, field, number);
	else if (value.type == CDR_VALUE_TEXT)
		err = pl_strdup(cdr_field_text(cdr, field), &value.text);

	return err;
}

int cdr_unpack(struct cdr **cdrp, struct mbuf *mb)
{
	struct cdr *cdr = NULL;
	size_t fieldc, i;
	int err;

	if (!cdrp)
		return EINVAL;

	err = get_header(&fieldc, mb);
	if (err)
		return err;

	cdr = cdr_new();
	if (!cdr)
		return ENOMEM;

	for (i = 0; i < fieldc && !err; i++)
		err = field_unpack(cdr, &cdr_fields[i], mb);

	if (err)
		mem_deref(cdr);
	else
		*cdrp = cdr;

	return err;
}
