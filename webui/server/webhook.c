/**
 * @file webhook.c  One webhook
 *
 *            work               taken
 *    idle ---------> sending ---------> idle
 *      ^                | refused
 *      |      again     v
 *      +------------- waiting (1 s, 2 s, … an hour)
 *
 * What is sent is read anew for each request: what waits is in the database alone.
 */
#include <re.h>
#include "clock.h"
#include "log.h"
#include "post.h"
#include "webhook.h"
#include "webhook_message.h"

enum { HEADER_SIZE = 192, ERROR_SIZE = 128, US_PER_S = 1000000 };

enum webhook_state { WEBHOOK_IDLE, WEBHOOK_SENDING, WEBHOOK_WAITING, WEBHOOK_STATEC };
enum webhook_event {
	WEBHOOK_EV_WORK,
	WEBHOOK_EV_TAKEN,
	WEBHOOK_EV_REFUSED,
	WEBHOOK_EV_AGAIN,
	WEBHOOK_EVENTC
};

struct webhook {
	struct le le;
	const struct webhook_settings *settings;
	struct posts *posts;
	struct query *query;
	uint8_t state;
	struct tmr tmr;            /* WAITING */
	struct post *post;         /* SENDING */
	struct outbox_batch batch; /* the same */
	int64_t delivered;         /* up to this event all was told, or is not to be */
	int64_t newest;            /* event there is */
	int64_t oldest_us;         /* when the first happened that is not told yet; 0: all is */
	int64_t skipped;           /* too old to be told */
	uint32_t failures;         /* in a row */
	char error[ERROR_SIZE];    /* of the last request; "": it was taken */
	uint64_t version;
};

static state_action_h send_batch, batch_taken, batch_refused;

static const char *const state_namev[WEBHOOK_STATEC] = {"idle", "sending", "waiting"};
static const char *const event_namev[WEBHOOK_EVENTC] = {"work", "taken", "refused", "again"};

static const struct state_row rowv[] = {
	{WEBHOOK_IDLE, WEBHOOK_EV_WORK, WEBHOOK_SENDING, send_batch},
	{WEBHOOK_SENDING, WEBHOOK_EV_TAKEN, WEBHOOK_IDLE, batch_taken},
	{WEBHOOK_SENDING, WEBHOOK_EV_REFUSED, WEBHOOK_WAITING, batch_refused},
	{WEBHOOK_WAITING, WEBHOOK_EV_AGAIN, WEBHOOK_IDLE, NULL},
};

const struct statetable webhook_table = {
	.name = "webhook",
	.statev = state_namev,
	.eventv = event_namev,
	.statec = WEBHOOK_STATEC,
	.eventc = WEBHOOK_EVENTC,
	.rowv = rowv,
	.rowc = ARRAY_SIZE(rowv),
};

static int step(struct webhook *h, enum webhook_event event, void *arg)
{
	return statetable_step(&webhook_table, &h->state, (uint8_t)event, h, arg, h->settings->name);
}

/* ---------------------------------------------------------------- sending */

static void batch_clear(struct webhook *h)
{
	h->batch.body = mem_deref(h->batch.body);
}

static void post_handler(const struct post_answer *answer, void *arg)
{
	struct webhook *h = mem_ref(arg);
	const bool taken = answer->status >= 200 && answer->status < 300;

	h->post = NULL; /* gone with this answer */
	(void)step(h, taken ? WEBHOOK_EV_TAKEN : WEBHOOK_EV_REFUSED, (void *)answer);
	if (taken)
		webhook_look(h, h->newest);

	mem_deref(h);
}

static int batch_post(struct webhook *h)
{
	char timestamp[HEADER_SIZE], signature[HEADER_SIZE], hex[WEBHOOK_SIGNATURE_SIZE];
	const int64_t now_s = clock_wall_us() / US_PER_S;
	struct post_request request = {
		.url = h->settings->url,
		.headerv = {"Content-Type: application/json", "Expect:", timestamp, signature},
		.body = h->batch.body,
		.timeout_s = h->settings->timeout_s,
		.tls_ca = h->settings->tls_ca,
	};
	int err;

	err = webhook_sign(hex, h->settings->secret, now_s, h->batch.body);
	if (err)
		return err;

	(void)re_snprintf(timestamp, sizeof(timestamp), "X-Tandem-Timestamp: %lld", now_s);
	(void)re_snprintf(signature, sizeof(signature), "X-Tandem-Signature: sha256=%s", hex);

	return post_send(&h->post, h->posts, &request, post_handler, h);
}

static int send_batch(void *obj, void *arg)
{
	struct webhook *h = obj;
	const struct post_answer none = {.error = "it could not be sent; see the log of tandem-webui"};
	const int err = batch_post(h);

	if (!err)
		return 0;

	log_warn("webhook %s: no request can be made (%m)", h->settings->name, err);

	return step(h, WEBHOOK_EV_REFUSED, (void *)&none);
}

static int batch_taken(void *obj, void *arg)
{
	struct webhook *h = obj;

	if (h->failures >= WEBHOOK_FAILING)
		log_info("webhook %s: events are taken again", h->settings->name);

	h->delivered = h->batch.through;
	h->failures = 0;
	h->error[0] = '\0';
	h->oldest_us = 0;
	++h->version;
	batch_clear(h);

	return 0;
}

/* ---------------------------------------------------------------- waiting */

uint32_t webhook_retry_ms(uint32_t failures, uint32_t random)
{
	const uint32_t doublings = MIN(failures - 1, 12u);
	const uint32_t full =
		MIN((uint32_t)WEBHOOK_RETRY_MIN_MS << doublings, (uint32_t)WEBHOOK_RETRY_MAX_MS);

	return full / 2 + random % (full / 2 + 1);
}

static void again(void *arg)
{
	struct webhook *h = arg;

	(void)step(h, WEBHOOK_EV_AGAIN, NULL);
	webhook_look(h, h->newest);
}

static void error_set(struct webhook *h, const struct post_answer *answer)
{
	if (answer->status)
		(void)re_snprintf(h->error, sizeof(h->error), "HTTP %u", answer->status);
	else
		str_ncpy(h->error, answer->error, sizeof(h->error));
}

static int batch_refused(void *obj, void *arg)
{
	const struct post_answer *answer = arg;
	struct webhook *h = obj;
	uint64_t wait_ms;

	++h->failures;
	wait_ms = webhook_retry_ms(h->failures, rand_u32());
	wait_ms = MAX(wait_ms, MIN((uint64_t)answer->retry_after_s * 1000, (uint64_t)WEBHOOK_RETRY_MAX_MS));

	error_set(h, answer);
	if (h->failures == WEBHOOK_FAILING)
		log_warn("webhook %s: its events are not taken: %s; see the program behind its URL",
			 h->settings->name, h->error);

	++h->version;
	batch_clear(h);
	tmr_start(&h->tmr, wait_ms, again, h);

	return 0;
}

/* ---------------------------------------------------------------- looking */

/* A database that was put back has events anew from there. */
static void newest_set(struct webhook *h, int64_t newest)
{
	h->newest = newest;
	if (h->delivered <= newest)
		return;

	h->delivered = newest;
	++h->version;
}

static void passed_set(struct webhook *h)
{
	if (h->batch.skipped) {
		log_warn("webhook %s: %llu events that it has not taken in %u s are skipped",
			 h->settings->name, h->batch.skipped, h->settings->max_age_s);
		++h->version;
	}

	h->skipped += (int64_t)h->batch.skipped;
	h->delivered = h->batch.passed;
	h->oldest_us = h->batch.body ? h->batch.oldest_us : 0;
}

void webhook_look(struct webhook *h, int64_t newest)
{
	int err;

	newest_set(h, newest);
	if (h->state != WEBHOOK_IDLE || h->delivered == newest)
		return;

	err = outbox_read(&h->batch, h->query, h->settings, h->delivered, clock_wall_us());
	if (err) {
		log_debug("webhook %s: the outbox cannot be read (%m)", h->settings->name, err);
		return;
	}

	passed_set(h);
	if (h->batch.body)
		(void)step(h, WEBHOOK_EV_WORK, NULL);
}

/* ---------------------------------------------------------------- life */

static void destructor(void *arg)
{
	struct webhook *h = arg;

	list_unlink(&h->le);
	tmr_cancel(&h->tmr);
	mem_deref(h->post);
	batch_clear(h);
	mem_deref((void *)h->settings);
}

int webhook_alloc(struct webhook **hp, struct list *l, const struct webhook_settings *settings,
		  struct posts *posts, struct query *query, int64_t delivered, int64_t skipped)
{
	struct webhook *h = mem_zalloc(sizeof(*h), destructor);

	if (!h)
		return ENOMEM;

	h->settings = mem_ref((void *)settings);
	h->posts = posts;
	h->query = query;
	h->delivered = delivered;
	h->skipped = skipped;
	h->version = 1;
	list_append(l, &h->le, h);
	*hp = h;

	return 0;
}

const char *webhook_name(const struct webhook *h)
{
	return h->settings->name;
}

void webhook_set(struct webhook *h, const struct webhook_settings *settings)
{
	if (webhook_settings_equal(h->settings, settings))
		return;

	mem_deref((void *)h->settings);
	h->settings = mem_ref((void *)settings);
	if (h->state != WEBHOOK_WAITING)
		return;

	tmr_cancel(&h->tmr);
	(void)step(h, WEBHOOK_EV_AGAIN, NULL);
}

int webhook_describe(const struct webhook *h, struct odict *o)
{
	const int64_t behind_us = h->oldest_us ? MAX(clock_wall_us() - h->oldest_us, (int64_t)0) : 0;
	int err;

	err = odict_entry_add(o, "name", ODICT_STRING, h->settings->name);
	err |= odict_entry_add(o, "state", ODICT_STRING, h->failures >= WEBHOOK_FAILING ? "failing" : "ok");
	err |= odict_entry_add(o, "delivered", ODICT_INT, h->delivered);
	err |= odict_entry_add(o, "skipped", ODICT_INT, h->skipped);
	err |= odict_entry_add(o, "behind", ODICT_INT, h->newest - h->delivered);
	err |= odict_entry_add(o, "behind_s", ODICT_INT, behind_us / US_PER_S);
	err |= odict_entry_add(o, "failures", ODICT_INT, (int64_t)h->failures);
	err |= odict_entry_add(o, "error", ODICT_STRING, h->error);

	return err;
}

uint64_t webhook_version(const struct webhook *h)
{
	return h->version;
}
