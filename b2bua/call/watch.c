/**
 * @file watch.c  Looks after the media of a call that was answered, by asking its relay
 *
 * A relay of ours tells of silence by itself, and is asked only so that what was counted is not lost with it.
 * Of another, such as rtpengine, silence is found here: no packet more than at the last question, from neither
 * side, for media_timeout_s. One that ended the session by its own time-out says that it does not know the call.
 */
#include <re.h>
#include "wheel.h"
#include "core.h"

enum {
	OURS_S = 30,
	THEIRS_MAX_S = 15,
};

static void watch(void *arg);

static uint32_t interval_ms(const struct call *call)
{
	const struct relay_client *rc = media_relay(call->media);
	const uint32_t quarter_s = call->calls->e->cfg->media_timeout_s / 4;

	if (rc && relay_is_tandem(rc))
		return OURS_S * 1000;

	return 1000 * MAX(1, MIN(quarter_s, THEIRS_MAX_S));
}

/* Many calls may be answered at one time; their questions shall not come at one time. */
static void again(struct call *call)
{
	const uint32_t ms = interval_ms(call);

	tmr_start(&call->watch.tmr, ms - rand_u32() % (ms / 4), watch, call);
}

static bool is_silent(const struct call *call, uint64_t for_ms)
{
	return clock_mono_ms() - call->watch.changed_ms >= for_ms && !media_held(call->media);
}

static void forgotten(struct call *call)
{
	/* that its relay was started anew is known: then it is not silence that ended it */
	if (!media_lost(call->media) && is_silent(call, 2 * (uint64_t)interval_ms(call))) {
		(void)call_release(call, "media_timeout");
		return;
	}

	media_lose(call->media);
	renew_queue(call, false);
}

static void looked_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct call *call = arg;
	struct watch *w = &call->watch;
	const int64_t packets = media_packets(call->media);
	const bool ours = relay_is_tandem(media_relay(call->media));

	(void)reply;

	if (err == ENOENT) {
		forgotten(call);
		return;
	}

	if (packets != w->packets) {
		w->packets = packets;
		w->changed_ms = clock_mono_ms();
	}

	if (!err && !ours && is_silent(call, (uint64_t)call->calls->e->cfg->media_timeout_s * 1000))
		(void)call_release(call, "media_timeout");
}

static void watch(void *arg)
{
	struct call *call = arg;

	again(call);
	if (media_relay(call->media) && !renew_active(call))
		media_query(call->media, looked_handler, call);
}

void watch_start(struct call *call)
{
	if (!media_anchored(call->media))
		return;

	call->watch.changed_ms = clock_mono_ms();
	again(call);
}

void watch_stop(struct call *call)
{
	tmr_cancel(&call->watch.tmr);
}
