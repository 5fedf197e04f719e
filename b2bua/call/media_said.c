/**
 * @file media_said.c  What one side of a call says of its media
 */
#include <errno.h>
#include "../leg/sdp.h"
#include "media_said.h"

void said_reset(struct said *said)
{
	said->agreed = mem_deref(said->agreed);
	said->proposed = mem_deref(said->proposed);
}

void said_enter(struct said *said, const struct media_side *side)
{
	if (!str_cmp(said->tag, side->tag))
		return;

	said_reset(said);
	said->origin = (struct origin){.given = false};
	str_ncpy(said->tag, side->tag, sizeof(said->tag));
}

int said_copy(struct mbuf **mbp, const struct pl *sdp)
{
	struct mbuf *mb = mbuf_alloc(sdp->l ? sdp->l : 1);

	if (!mb || mbuf_write_mem(mb, (const uint8_t *)sdp->p, sdp->l)) {
		mem_deref(mb);
		return ENOMEM;
	}

	mem_deref(*mbp);
	*mbp = mb;

	return 0;
}

static int copy_allowed(struct mbuf **mbp, const struct media_side *side, const struct pl *sdp)
{
	struct mbuf *mb;

	if (side->srtp != SRTP_OFF)
		return said_copy(mbp, sdp);

	mb = mbuf_alloc(sdp->l ? sdp->l : 1);
	if (!mb || sdp_without_keys(mb, sdp)) {
		mem_deref(mb);
		return ENOMEM;
	}

	mem_deref(*mbp);
	*mbp = mb;

	return 0;
}

int said_propose(struct said *said, const struct media_side *side, const struct pl *sdp)
{
	said_enter(said, side);

	return copy_allowed(&said->proposed, side, sdp);
}

bool said_agree(struct said *said)
{
	if (!said->proposed)
		return false;

	mem_deref(said->agreed);
	said->agreed = said->proposed;
	said->proposed = NULL;

	return true;
}

bool said_change(struct said *said, const struct media_side *side, const struct pl *sdp)
{
	const struct pl agreed = said_text(said->agreed);

	return pl_isset(sdp) && origin_differs(&agreed, sdp) && !copy_allowed(&said->agreed, side, sdp);
}

struct pl said_text(const struct mbuf *mb)
{
	return mb ? (struct pl){(const char *)mb->buf, mb->end} : pl_null;
}

int said_family(const struct said *said)
{
	const struct pl sdp = said_text(said->proposed ? said->proposed : said->agreed);

	return pl_isset(&sdp) ? sdp_family(&sdp) : AF_UNSPEC;
}
