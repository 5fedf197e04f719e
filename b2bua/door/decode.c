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

int sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb)
{
	const bool watched = mb && mb == watch.mb;
	const int err = libre_decode()(msgp, mb);

	watch.mb = NULL;
	if (err && watched)
		watch.failedh(mb, watch.arg);
	if (!err)
		comma_mend(*msgp);

	return err;
}
