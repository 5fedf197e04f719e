/**
 * @file test_srtp_window.c  Packet indices against RFC 3711 section 3.3
 */
#include <string.h>
#include <re.h>
#include "srtp_window.h"
#include "unit.h"

#define ROC(roc, seq) ((uint64_t)(roc) << 16 | (seq))

/** A sequence number after the highest index so far. */
static void the_index_nearest_to_the_highest_is_guessed(void)
{
	static const struct {
		const char *name;
		bool started;
		uint64_t top;
		uint16_t seq;
		int err;
		uint64_t index;
	} vectorv[] = {
		{"the first is of ROC 0", false, 0, 65535, 0, ROC(0, 65535)},
		{"next", true, ROC(0, 7), 8, 0, ROC(0, 8)},
		{"late", true, ROC(0, 7), 3, 0, ROC(0, 3)},
		{"over the wrap", true, ROC(0, 65535), 0, 0, ROC(1, 0)},
		{"over the wrap, some lost", true, ROC(0, 65530), 20, 0, ROC(1, 20)},
		{"late over the wrap", true, ROC(1, 2), 65534, 0, ROC(0, 65534)},
		{"late before the very first", true, ROC(0, 2), 65534, ESTALE, 0},
		{"half forward, from the lower half", true, ROC(5, 100), 100 + 32768, 0, ROC(5, 32868)},
		{"more than half forward is back", true, ROC(5, 100), 100 + 32769, 0, ROC(4, 32869)},
		{"half back, from the upper half", true, ROC(5, 40000), 40000 - 32768, 0, ROC(5, 7232)},
		{"more than half back is forward", true, ROC(5, 40000), 40000 - 32769, 0, ROC(6, 7231)},
		{"the last index", true, ROC(UINT32_MAX, 65534), 65535, 0, ROC(UINT32_MAX, 65535)},
		{"beyond the last index", true, ROC(UINT32_MAX, 65535), 0, EKEYEXPIRED, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const struct rsrtp_window win = {.started = vectorv[i].started, .top = vectorv[i].top};
		uint64_t index = 0;
		const int err = rsrtp_window_guess(&win, vectorv[i].seq, &index);

		if (err != vectorv[i].err || index != vectorv[i].index)
			(void)fprintf(stderr, "\n    %s: %d, %llx\n", vectorv[i].name, err,
				      (unsigned long long)index);
		CU_ASSERT_EQUAL(err, vectorv[i].err);
		CU_ASSERT_EQUAL(index, vectorv[i].index);
	}
}

static void an_index_is_new_once_and_not_behind_the_window(void)
{
	struct rsrtp_window win;
	uint64_t i;

	memset(&win, 0, sizeof(win));
	CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1000), 0);
	rsrtp_window_add(&win, 1000);
	CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1000), EALREADY);

	for (i = 1; i < RSRTP_WINDOW; i++) {
		CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1000 - i), 0);
		rsrtp_window_add(&win, 1000 - i);
		CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1000 - i), EALREADY);
	}

	CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1000 - RSRTP_WINDOW), ESTALE);
	CU_ASSERT_EQUAL(rsrtp_window_check(&win, 1001), 0);
}

/* Against a bit for every index there is. */
static void the_window_knows_what_it_was_told(void)
{
	enum { INDICES = 20000 };
	static bool seen[INDICES + 400];
	struct rsrtp_window win;
	uint64_t top = 0, index;
	uint32_t random = 1, i;

	memset(&win, 0, sizeof(win));
	memset(seen, 0, sizeof(seen));

	for (i = 0; top < INDICES; i++) {

		random = random * 1103515245 + 12345;
		index = top + (random >> 16) % (i % 50 ? 6 : 300);
		index = index > 150 ? index - (random >> 8) % 150 : index;

		const bool fresh = index > top || (top - index < RSRTP_WINDOW && !seen[index]);

		if (i && (0 == rsrtp_window_check(&win, index)) != fresh) {
			CU_FAIL("the window is wrong");
			return;
		}

		if (!i || fresh) {
			rsrtp_window_add(&win, index);
			seen[index] = true;
			top = MAX(top, index);
		}
	}

	CU_ASSERT(i > 10000);
}

static const struct unit_test testv[] = {
	{"the index nearest to the highest so far is guessed", the_index_nearest_to_the_highest_is_guessed},
	{"an index is new once, and not behind the window", an_index_is_new_once_and_not_behind_the_window},
	{"the window knows what it was told", the_window_knows_what_it_was_told},
	{NULL, NULL},
};

const struct unit_suite srtp_window_suite = {"srtp_window", testv};
