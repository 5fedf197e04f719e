/**
 * @file invitation.c  The INVITE that a transferred party would send to the target, had it got the REFER
 */
#include <re.h>
#include "../leg/content.h"
#include "../leg/header.h"
#include "../leg/leg.h"
#include "invitation.h"

static int identity_print(struct mbuf *mb, const char *name, const char *remote, bool tag)
{
	struct sip_addr addr;
	struct pl val;
	int err;

	pl_set_str(&val, remote);
	if (sip_addr_decode(&addr, &val) || !header_uri_is_plain(&addr.auri))
		return EBADMSG;

	err = mbuf_printf(mb, "%s: ", name);
	err |= header_print_name(mb, &val, &addr.auri);
	err |= mbuf_printf(mb, "<%r>", &addr.auri);
	if (tag)
		err |= mbuf_printf(mb, ";tag=%016llx", rand_u64());

	return err | mbuf_write_str(mb, "\r\n");
}

static int referred_by_print(struct mbuf *mb, const struct sip_msg *refer, const struct leg *referrer)
{
	const struct sip_hdr *hdr = sip_msg_hdr(refer, SIP_HDR_REFERRED_BY);

	if (hdr)
		return mbuf_printf(mb, "Referred-By: %H\r\n", header_print_clean, &hdr->val);

	return identity_print(mb, "Referred-By", leg_remote(referrer), false);
}

static int invitation_print(struct mbuf *mb, const struct invitation *in)
{
	const struct content c = content_sdp(&in->sdp);
	int err;

	err = mbuf_printf(mb, "INVITE %s SIP/2.0\r\n", in->uri);
	err |= mbuf_printf(mb, "Via: SIP/2.0/UDP %J;branch=z9hG4bK%016llx\r\n", leg_peer(in->party),
			   rand_u64());
	err |= identity_print(mb, "From", leg_remote(in->party), true);
	err |= mbuf_printf(mb, "To: <%s>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n", in->uri,
			   leg_callid(in->party));
	err |= referred_by_print(mb, in->refer, in->referrer);

	return err | mbuf_printf(mb, "%H", content_print, &c);
}

int invitation_make(struct sip_msg **msgp, const struct invitation *in)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct sip_msg *msg = NULL;
	int err;

	if (!mb)
		return ENOMEM;

	err = invitation_print(mb, in);
	mb->pos = 0;
	err = err ? err : sip_msg_decode(&msg, mb);
	mem_deref(mb);
	if (err)
		return err;

	msg->src = *leg_peer(in->party);
	*msgp = msg;

	return 0;
}
