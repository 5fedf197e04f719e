/**
 * @file cdr.c  The record of one call attempt: its columns and its text
 */
#include <string.h>
#include "cdr_field.h"
#include "escape.h"

enum { DISPOSITIONC = CDR_REJECTED + 1, PARTYC = CDR_CALLEE + 1 };

/* clang-format off */
#define FIELD(name, type) {#name, CDR_KIND_##type, offsetof(struct cdr, name)}
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name takes none */
#define MEDIA(leg, name, type) {#leg "_" #name, CDR_KIND_##type, offsetof(struct cdr, leg.name)}
/* clang-format on */

const struct cdr_field cdr_fields[CDR_FIELDC] = {
	FIELD(cdr_id, ID),
	FIELD(node, TEXT),
	FIELD(a_call_id, TEXT),
	FIELD(b_call_id, TEXT),
	FIELD(src_trunk, TEXT),
	FIELD(dst_trunk, TEXT),
	FIELD(account, MONEY),
	FIELD(caller, TEXT),
	FIELD(callee, TEXT),
	FIELD(caller_in, TEXT),
	FIELD(callee_in, TEXT),
	FIELD(start_us, NUMBER),
	FIELD(ring_us, SOME),
	FIELD(answer_us, SOME),
	FIELD(end_us, SOME),
	FIELD(pdd_ms, MS),
	FIELD(ring_ms, MS),
	FIELD(duration_ms, MS),
	FIELD(billed_s, NUMBER),
	FIELD(disposition, DISPOSITION),
	FIELD(sip_code, SOME),
	FIELD(q850_cause, SOME),
	FIELD(reason, TEXT),
	FIELD(released_by, PARTY),
	FIELD(release_tag, TEXT),
	FIELD(attempts, JSON),
	FIELD(tariff, TEXT),
	FIELD(rate, MONEY),
	FIELD(price_nano, NUMBER),
	FIELD(cost_nano, NUMBER),
	FIELD(currency, TEXT),
	FIELD(a_codec, TEXT),
	FIELD(b_codec, TEXT),
	MEDIA(a, rx_packets, NUMBER),
	MEDIA(a, rx_bytes, NUMBER),
	MEDIA(a, lost, NUMBER),
	MEDIA(a, jitter_us, NUMBER),
	MEDIA(a, mos_x100, SOME),
	MEDIA(b, rx_packets, NUMBER),
	MEDIA(b, rx_bytes, NUMBER),
	MEDIA(b, lost, NUMBER),
	MEDIA(b, jitter_us, NUMBER),
	MEDIA(b, mos_x100, SOME),
	FIELD(a_user_agent, TEXT),
	FIELD(a_src, TEXT),
	FIELD(b_dst, TEXT),
	FIELD(icid, TEXT),
	FIELD(recovered, NUMBER),
	MEDIA(a, mos_min_x100, SOME),
	MEDIA(a, round_trip_us, SOME),
	MEDIA(a, loss_burst_max, SOME),
	MEDIA(b, mos_min_x100, SOME),
	MEDIA(b, round_trip_us, SOME),
	MEDIA(b, loss_burst_max, SOME),
	FIELD(relay, TEXT),
	FIELD(media_recovered, SOME),
	FIELD(media_lost, SOME),
	FIELD(cost_tariff, TEXT),
	FIELD(cost_rate, MONEY),
	FIELD(cost_currency, TEXT),
	FIELD(why, JSON),
	FIELD(transfer_of, TEXT),
};

static const char *const disposition_names[DISPOSITIONC] = {
	[CDR_FAILED] = "failed",       [CDR_ANSWERED] = "answered",   [CDR_BUSY] = "busy",
	[CDR_NO_ANSWER] = "no_answer", [CDR_CANCELLED] = "cancelled", [CDR_REJECTED] = "rejected",
};

static const char *const party_names[PARTYC] = {
	[CDR_TANDEM] = "tandem",
	[CDR_CALLER] = "caller",
	[CDR_CALLEE] = "callee",
};

bool cdr_disposition_valid(int64_t number)
{
	return number >= 0 && number < DISPOSITIONC;
}

bool cdr_party_valid(int64_t number)
{
	return number >= 0 && number < PARTYC;
}

const char *cdr_disposition_name(enum cdr_disposition d)
{
	return (size_t)d < DISPOSITIONC ? disposition_names[d] : "?";
}

const char *cdr_party_name(enum cdr_party p)
{
	return (size_t)p < PARTYC ? party_names[p] : "?";
}

bool cdr_kind_is_text(enum cdr_kind kind)
{
	return kind == CDR_KIND_TEXT || kind == CDR_KIND_JSON || kind == CDR_KIND_MONEY;
}

int64_t cdr_field_number(const struct cdr *cdr, const struct cdr_field *field)
{
	const void *p = (const uint8_t *)cdr + field->offset;

	switch (field->kind) {
	case CDR_KIND_DISPOSITION:
		return *(const enum cdr_disposition *)p;
	case CDR_KIND_PARTY:
		return *(const enum cdr_party *)p;
	default:
		return *(const int64_t *)p;
	}
}

void cdr_field_set_number(struct cdr *cdr, const struct cdr_field *field, int64_t number)
{
	void *p = (uint8_t *)cdr + field->offset;

	switch (field->kind) {
	case CDR_KIND_DISPOSITION:
		*(enum cdr_disposition *)p = (enum cdr_disposition)number;
		break;
	case CDR_KIND_PARTY:
		*(enum cdr_party *)p = (enum cdr_party)number;
		break;
	default:
		*(int64_t *)p = number;
		break;
	}
}

char **cdr_field_text(const struct cdr *cdr, const struct cdr_field *field)
{
	return (char **)((uint8_t *)cdr + field->offset);
}

static void cdr_destructor(void *arg)
{
	struct cdr *cdr = arg;
	size_t i;

	for (i = 0; i < CDR_FIELDC; i++)
		if (cdr_kind_is_text(cdr_fields[i].kind))
			mem_deref(*cdr_field_text(cdr, &cdr_fields[i]));
}

struct cdr *cdr_new(void)
{
	struct cdr *cdr = mem_zalloc(sizeof(*cdr), cdr_destructor);
	size_t i;

	if (!cdr)
		return NULL;

	for (i = 0; i < CDR_FIELDC; i++)
		if (cdr_fields[i].kind == CDR_KIND_MS)
			cdr_field_set_number(cdr, &cdr_fields[i], -1);

	return cdr;
}

int cdr_alloc(struct cdr **cdrp, const char *node)
{
	struct cdr *cdr;
	int err;

	if (!cdrp || !node)
		return EINVAL;

	cdr = cdr_new();
	if (!cdr)
		return ENOMEM;

	uuid7(cdr->cdr_id);
	err = cdr_set_str(&cdr->node, node);
	if (err)
		mem_deref(cdr);
	else
		*cdrp = cdr;

	return err;
}

size_t cdr_text_cut(const char *p, size_t len, size_t max)
{
	if (len <= max)
		return len;

	while (max && ((uint8_t)p[max] & 0xc0) == 0x80)
		--max;

	return max;
}

static void text_clean(char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {

		n = escape_plain_len(text + i, len - i);
		if (!n) {
			text[i] = '?';
			n = 1;
		}
	}
}

int cdr_set(char **field, const struct pl *pl)
{
	char *text = NULL;
	size_t len;

	if (!field)
		return EINVAL;

	if (pl_isset(pl)) {
		len = cdr_text_cut(pl->p, pl->l, CDR_TEXT_MAX);
		text = mem_alloc(len + 1, NULL);
		if (!text)
			return ENOMEM;

		memcpy(text, pl->p, len);
		text[len] = '\0';
		text_clean(text, len);
	}

	mem_deref(*field);
	*field = text;

	return 0;
}

int cdr_set_str(char **field, const char *str)
{
	struct pl pl = PL_INIT;

	if (str)
		pl_set_str(&pl, str);

	return cdr_set(field, &pl);
}
