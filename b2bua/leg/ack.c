/**
 * @file ack.c  Our ACK to a 2xx: a message that no transaction carries, sent as often as the 2xx comes
 */
#include <string.h>
#include <re.h>
#include "core.h"
#include "way.h"

enum { BRANCH_DIGITS = 16, MAX_FORWARDS = 70 };

static const char branch_mark[] = ";branch=z9hG4bK";

/* Other for each dialog of a forked INVITE, and for each INVITE in it. */
static uint64_t branch_of(const struct leg *leg)
{
	const char *rtag = leg->dlg.rtag ? leg->dlg.rtag : "";
	uint64_t h = leg->ack.cseq;

	for (const char *p = leg->dlg.ltag; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3ULL;
	for (const char *p = rtag; *p; p++)
		h = (h ^ (uint8_t)*p) * 0x100000001b3ULL;

	return h;
}

/* libre's own is other each time; sent again it is to be the same message (RFC 3261 13.2.2.4). */
static void branch_set(struct mbuf *mb, uint64_t branch)
{
	uint8_t *mark = memmem(mb->buf, mb->end, branch_mark, strlen(branch_mark));
	char digits[BRANCH_DIGITS + 1];

	if (!mark || mark + strlen(branch_mark) + BRANCH_DIGITS > mb->buf + mb->end)
		return;

	(void)re_snprintf(digits, sizeof(digits), "%016llx", branch);
	memcpy(mark + strlen(branch_mark), digits, BRANCH_DIGITS);
}

static int send_handler(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb,
			void *arg)
{
	const struct leg *leg = arg;

	(void)src;
	(void)dst;
	branch_set(mb, branch_of(leg));
	out_connection_expect(leg, tp);

	return 0;
}

static int transmit(struct leg *leg, const struct uri *route, struct mbuf *mb)
{
	mb->pos = 0;

	return sip_request(NULL, leg->stack->sip, false, "ACK", -1, dialog_ruri(&leg->dlg), -1, route, mb,
			   hash_joaat_str(leg->dlg.callid), send_handler, NULL, leg);
}

/* ------------------------------------------------------------------ where it goes is to be found first */

struct finding {
	struct leg *leg; /* referenced */
	struct way *way;
	struct mbuf *mb;
};

static void destructor(void *arg)
{
	struct finding *f = arg;

	mem_deref(f->way);
	mem_deref(f->mb);
	mem_deref(f->leg);
}

static void found_handler(int err, const struct hops *hops, void *arg)
{
	struct finding *f = arg;
	char host[WAY_HOST_SIZE];
	struct uri route;

	(void)hops;
	if (!err) {
		do
			way_hop_uri(&route, host, f->way);
		while (transmit(f->leg, &route, f->mb) && way_next(f->way, false));
	}

	mem_deref(f);
}

/* Who repeats its 2xx for want of this ACK gets another. */
static int find(struct leg *leg, struct mbuf *mb)
{
	struct finding *f = mem_zalloc(sizeof(*f), destructor);
	int err;

	if (!f)
		return ENOMEM;

	f->leg = mem_ref(leg);
	f->mb = mem_ref(mb);
	err = way_find(&f->way, leg, 0, found_handler, f);
	if (err == EINPROGRESS)
		return 0;

	found_handler(err, NULL, f);

	return err;
}

int ack_send(struct leg *leg, const struct content *c)
{
	struct mbuf *mb = mbuf_alloc(512);
	struct uri route;
	int err;

	if (!mb)
		return ENOMEM;

	err = way_uri(&route, leg);
	err = err ? err : out_head_print(mb, leg, "ACK", leg->ack.cseq, MAX_FORWARDS);
	err = err ? err : mbuf_printf(mb, "%H", content_print, c);
	if (err)
		goto out;

	err = way_is_plain(leg, &route, 0) ? transmit(leg, &route, mb) : find(leg, mb);

out:
	mem_deref(mb);

	return err;
}
