/**
 * @file wheel.c  Hierarchical timer wheel behind libre's timer functions
 *
 * An expiry time is read as eleven digits of six bits. A timer hangs at the level of the highest
 * digit in which its expiry differs from `now_ms`, in the slot of that digit's value:
 *
 *     level 10        level 1           level 0
 *     [0 … 63]  ...   [0 … 63] 64 ms    [0 … 63] 1 ms
 *                         |  when now_ms reaches the slot's first millisecond,
 *                         +----------> its timers move to lower levels
 *
 * Invariants, for every pending timer at {level, slot}:
 *  - it agrees with now_ms in all digits above `level`, and its digit at `level` is `slot`;
 *  - `slot` is greater than now_ms's digit there (equal, too, at level 0: due in this millisecond).
 * So the lowest level in use holds the earliest timers, its lowest slot the earliest of them, and
 * timers of one millisecond always share a slot, in the order they were started.
 */
#include <assert.h>
#include <dlfcn.h>
#include <string.h>
#include <re.h>
#include "log.h"
#include "wheel.h"

enum {
	WHEEL_BITS = 6,
	WHEEL_SLOTS = 1 << WHEEL_BITS,
	WHEEL_LEVELS = 11,        /* 11 * 6 bits hold any uint64_t */
	WHEEL_SLEEP_MAX = 600000, /* re_main hands the time-out to epoll_wait as int milliseconds */
	WHEEL_BLOCKING_MS = 100,  /* a handler that takes longer is worth a line in the log */
};

struct wheel {
	uint64_t now_ms; /* all timers that expire before it have run; never ahead of the clock */
	uint32_t pending;
	uint64_t usedv[WHEEL_LEVELS]; /* one bit a slot: set if and only if the slot holds a timer */
	struct list slotv[WHEEL_LEVELS][WHEEL_SLOTS];
};

/** libre's own functions, for a libre whose calls do not arrive here. */
struct libre_timers {
	bool used;
	void (*start)(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg);
	void (*poll)(struct list *tmrl);
	uint64_t (*next_timeout)(struct list *tmrl);
	uint64_t (*get_expire)(const struct tmr *tmr);
	uint64_t (*jiffies)(void);
};

static _Thread_local struct wheel wheel_here;
static struct libre_timers libre_timers; /* set before the first timer, read-only afterwards */

static unsigned level_of(const struct wheel *w, uint64_t expiry_ms)
{
	const uint64_t diff = w->now_ms ^ expiry_ms;

	return diff ? (63 - (unsigned)__builtin_clzll(diff)) / WHEEL_BITS : 0;
}

/* The first millisecond of a slot: now_ms's digits above `level`, then `slot`, then zeros. */
static uint64_t slot_start(const struct wheel *w, unsigned level, unsigned slot)
{
	const unsigned shift = level * WHEEL_BITS;
	const uint64_t above = level + 1 < WHEEL_LEVELS ? ~UINT64_C(0) << (shift + WHEEL_BITS) : 0;

	return (w->now_ms & above) | (uint64_t)slot << shift;
}

static void wheel_insert(struct wheel *w, struct tmr *tmr)
{
	const unsigned level = level_of(w, tmr->jfs);
	const unsigned slot = tmr->jfs >> (level * WHEEL_BITS) & (WHEEL_SLOTS - 1);

	list_append(&w->slotv[level][slot], &tmr->le, tmr);
	w->usedv[level] |= UINT64_C(1) << slot;
	++w->pending;
}

static void wheel_remove(struct wheel *w, struct tmr *tmr)
{
	const struct list *list = tmr->le.list;
	const size_t index = (size_t)(list - &w->slotv[0][0]);

	/* A timer may be stopped only by the thread that started it. */
	assert(index < (size_t)WHEEL_LEVELS * WHEEL_SLOTS);

	list_unlink(&tmr->le);
	if (!list->head)
		w->usedv[index / WHEEL_SLOTS] &= ~(UINT64_C(1) << index % WHEEL_SLOTS);
	--w->pending;
}

/* The slot with the earliest timers; false when nothing is pending. */
static bool wheel_first(const struct wheel *w, unsigned *level, unsigned *slot)
{
	unsigned i;

	for (i = 0; i < WHEEL_LEVELS; i++) {

		if (!w->usedv[i])
			continue;

		*level = i;
		*slot = (unsigned)__builtin_ctzll(w->usedv[i]);
		return true;
	}

	return false;
}

/* now_ms has reached the slot: its timers now differ from it in lower digits only. */
static void slot_cascade(struct wheel *w, unsigned level, unsigned slot)
{
	struct list *list = &w->slotv[level][slot];

	while (list->head) {
		struct tmr *tmr = list_ledata(list->head);

		wheel_remove(w, tmr);
		wheel_insert(w, tmr);
	}
}

/* The timer is out of the wheel before its handler runs, so that the handler may free it. */
static void timer_fire(struct wheel *w, struct tmr *tmr)
{
	tmr_h *th = tmr->th;
	void *arg = tmr->arg;

	wheel_remove(w, tmr);
	tmr->th = NULL;
	th(arg);
}

static uint64_t blocking_check(uint64_t before_ms)
{
	const uint64_t after_ms = clock_mono_ms();

	if (after_ms > before_ms + WHEEL_BLOCKING_MS)
		log_peer(LOG_WARN, "event loop: a timer's handler took %llu ms; calls waited meanwhile",
			 after_ms - before_ms);

	return after_ms;
}

/* Move to `now_ms` and run what is due; handlers may start and cancel any timer meanwhile. */
static void wheel_advance(struct wheel *w, uint64_t now_ms)
{
	uint64_t clock_ms = now_ms;
	unsigned level, slot;

	while (wheel_first(w, &level, &slot)) {

		const uint64_t start_ms = slot_start(w, level, slot);

		if (start_ms > now_ms)
			break;

		w->now_ms = start_ms;

		if (level) {
			slot_cascade(w, level, slot);
			continue;
		}

		timer_fire(w, list_ledata(w->slotv[0][slot].head));
		clock_ms = blocking_check(clock_ms);
	}

	/* A handler that started the only timer has moved it to its own present already. */
	if (w->now_ms < now_ms)
		w->now_ms = now_ms;
}

/**
 * Start or restart a timer; it fires in the first tmr_poll() of its thread at or after the delay,
 * behind all timers that expire earlier or were started earlier for the same millisecond.
 *
 * @param tmr   Timer, zeroed or initialised before its first use
 * @param delay Delay in [ms]
 * @param th    Timeout handler; NULL cancels
 * @param arg   Handler argument
 */
void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	struct wheel *w = &wheel_here;
	uint64_t now_ms;

	if (!tmr)
		return;

	if (libre_timers.used) {
		libre_timers.start(tmr, delay, th, arg);
		return;
	}

	if (tmr->th)
		wheel_remove(w, tmr);

	tmr->th = th;
	tmr->arg = arg;
	if (!th)
		return;

	now_ms = clock_mono_ms();
	if (!w->pending)
		w->now_ms = now_ms;

	now_ms = MAX(now_ms, w->now_ms);
	tmr->jfs = delay < UINT64_MAX - now_ms ? now_ms + delay : UINT64_MAX;
	wheel_insert(w, tmr);
}

/** Cancel a timer; nothing happens when it is not running. */
void tmr_cancel(struct tmr *tmr)
{
	tmr_start(tmr, 0, NULL, NULL);
}

/** Run the timers of this thread that are due; called by re_main() after each wait. */
void tmr_poll(struct list *tmrl)
{
	if (libre_timers.used)
		libre_timers.poll(tmrl);
	else
		wheel_advance(&wheel_here, clock_mono_ms());
}

/**
 * Milliseconds re_main() may sleep: never past the earliest timer, at least 1, 0 for "no timer".
 *
 * A timer more than a slot away lets the loop wake at the start of its slot, to cascade: at most
 * once for each level, so a far timer costs a few idle turns in its life and no search here.
 */
uint64_t tmr_next_timeout(struct list *tmrl)
{
	const struct wheel *w = &wheel_here;
	uint64_t now_ms, start_ms;
	unsigned level, slot;

	if (libre_timers.used)
		return libre_timers.next_timeout(tmrl);

	if (!wheel_first(w, &level, &slot))
		return 0;

	now_ms = clock_mono_ms();
	start_ms = slot_start(w, level, slot);
	if (start_ms <= now_ms)
		return 1;

	return MIN(start_ms - now_ms, (uint64_t)WHEEL_SLEEP_MAX);
}

/** Milliseconds until the timer expires; 0 when it is due or not running. */
uint64_t tmr_get_expire(const struct tmr *tmr)
{
	uint64_t now_ms;

	if (!tmr || !tmr->th)
		return 0;

	if (libre_timers.used)
		return libre_timers.get_expire(tmr);

	now_ms = clock_mono_ms();

	return tmr->jfs > now_ms ? tmr->jfs - now_ms : 0;
}

/** Monotonic milliseconds: only differences mean anything. */
uint64_t tmr_jiffies(void)
{
	return libre_timers.used ? libre_timers.jiffies() : clock_mono_ms();
}

uint32_t wheel_pending(void)
{
	return wheel_here.pending;
}

void wheel_clock_set(uint64_t (*now_ms)(void))
{
	clock_mono_set(now_ms);
}

void wheel_bypass(bool on)
{
	struct libre_timers lt = {.used = on};

	*(void **)&lt.start = dlsym(RTLD_NEXT, "tmr_start");
	*(void **)&lt.poll = dlsym(RTLD_NEXT, "tmr_poll");
	*(void **)&lt.next_timeout = dlsym(RTLD_NEXT, "tmr_next_timeout");
	*(void **)&lt.get_expire = dlsym(RTLD_NEXT, "tmr_get_expire");
	*(void **)&lt.jiffies = dlsym(RTLD_NEXT, "tmr_jiffies");

	assert(!wheel_here.pending);
	assert(lt.start && lt.poll && lt.next_timeout && lt.get_expire && lt.jiffies);

	libre_timers = lt;
}

/* A STUN keepalive without a socket is the smallest thing in libre that starts a timer. */
bool wheel_replaces_libre(void)
{
	const uint32_t before = wheel_pending();
	struct stun_keepalive *ska = NULL;
	bool arrived;

	if (stun_keepalive_alloc(&ska, IPPROTO_TCP, NULL, 0, NULL, NULL, NULL, NULL))
		return false;

	stun_keepalive_enable(ska, 1);
	arrived = wheel_pending() == before + 1;
	mem_deref(ska);

	if (!arrived)
		wheel_bypass(true);

	return arrived;
}
