/**
 * @file decode.c  libre's decoder, watched and mended
 */
#include <dlfcn.h>
#include <re.h>
#include "comma.h"
#include "decode.h"

typedef int(decode_h)(struct sip_msg **msgp, struct mbuf *mb);

/* The datagram under way: set by decode_watch, gone with the next message decoded. */
static _Thread_local struct {
	const struct mbuf *mb;
	decode_failed_h *failedh;
	void *arg;
} watch;

static decode_h *libre_decode(void)
{
	static _Thread_local decode_h *decode;

	if (!decode)
		*(void **)&decode = dlsym(RTLD_NEXT, "sip_msg_decode");

	return decode;
}

void decode_watch(const struct mbuf *mb, decode_failed_h *failedh, void *arg)
{
	watch.mb = mb;
	watch.failedh = failedh;
	watch.arg = arg;
}

static bool has_vias(const struct sip_msg *msg)
{
	return sip_msg_hdr(msg, SIP_HDR_VIA) != sip_msg_hdr_apply(msg, false, SIP_HDR_VIA, NULL, NULL);
}

/* A response with a Via behind ours was led astray (RFC 3261 8.1.3.3): no transaction and no dialog is to know it. By
 * TCP it cannot be called undecodable, for that would close the connection. */
static void disown(struct sip_msg *msg)
{
	msg->via.branch = pl_null;
	msg->cseq.met = pl_null;
}

int sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb)
{
	const bool watched = mb && mb == watch.mb;
	const int err = libre_decode()(msgp, mb);

	watch.mb = NULL;
	if (err && watched)
		watch.failedh(mb, watch.arg);
	if (!err)
		comma_mend(*msgp);
	if (!err && !(*msgp)->req && has_vias(*msgp))
		disown(*msgp);

	return err;
}
