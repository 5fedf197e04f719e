/**
 * @file test_statetable.c  State machines as tables, on a lamp with a switch
 */
#include <errno.h>
#include <re.h>
#include "log.h"
#include "statetable.h"
#include "unit.h"

enum lamp_state { LAMP_OFF, LAMP_ON, LAMP_BROKEN, LAMP_STATEC };
enum lamp_event { LAMP_PRESS, LAMP_DROP, LAMP_FLASH, LAMP_EVENTC };

struct lamp {
	uint8_t state;
	unsigned actions;
	const void *arg;
	uint8_t state_in_action;
};

static const struct statetable lamp_table;

static int lamp_act(void *obj, void *event_arg)
{
	struct lamp *lamp = obj;

	++lamp->actions;
	lamp->arg = event_arg;
	lamp->state_in_action = lamp->state;

	return 0;
}

static int lamp_fail(void *obj, void *event_arg)
{
	return ENOMEM;
}

/* An action may step its own machine again. */
static int lamp_flash(void *obj, void *event_arg)
{
	struct lamp *lamp = obj;

	return statetable_step(&lamp_table, &lamp->state, LAMP_PRESS, lamp, event_arg, "lamp");
}

static const char *const statev[LAMP_STATEC] = {"off", "on", "broken"};
static const char *const eventv[LAMP_EVENTC] = {"press", "drop", "flash"};

static const struct state_row rowv[] = {
	{LAMP_OFF, LAMP_PRESS, LAMP_ON, lamp_act},    {LAMP_ON, LAMP_PRESS, LAMP_OFF, lamp_act},
	{LAMP_OFF, LAMP_FLASH, LAMP_ON, lamp_flash},  {LAMP_OFF, LAMP_DROP, LAMP_BROKEN, NULL},
	{LAMP_ON, LAMP_DROP, LAMP_BROKEN, lamp_fail},
};

static const struct statetable lamp_table = {"lamp",      statev, eventv,          LAMP_STATEC,
					     LAMP_EVENTC, rowv,   ARRAY_SIZE(rowv)};

static int lamp_step(struct lamp *lamp, uint8_t event, void *arg)
{
	return statetable_step(&lamp_table, &lamp->state, event, lamp, arg, "lamp");
}

static void test_row_moves(void)
{
	struct lamp lamp = {.state = LAMP_OFF};
	int token = 0;

	CU_ASSERT_EQUAL(lamp_step(&lamp, LAMP_PRESS, &token), 0);
	CU_ASSERT_EQUAL(lamp.state, LAMP_ON);
	CU_ASSERT_EQUAL(lamp.actions, 1);
	CU_ASSERT_PTR_EQUAL(lamp.arg, &token);
	CU_ASSERT_EQUAL(lamp.state_in_action, LAMP_ON);
}

static void test_null_action(void)
{
	struct lamp lamp = {.state = LAMP_OFF};

	CU_ASSERT_EQUAL(lamp_step(&lamp, LAMP_DROP, NULL), 0);
	CU_ASSERT_EQUAL(lamp.state, LAMP_BROKEN);
	CU_ASSERT_EQUAL(lamp.actions, 0);
}

static void test_no_row(void)
{
	const uint64_t before = statetable_refused();
	uint8_t event;

	for (event = 0; event < LAMP_EVENTC; event++) {
		struct lamp lamp = {.state = LAMP_BROKEN};

		CU_ASSERT_PTR_NULL(statetable_row(&lamp_table, LAMP_BROKEN, event));
		CU_ASSERT_EQUAL(lamp_step(&lamp, event, NULL), EPROTO);
		CU_ASSERT_EQUAL(lamp.state, LAMP_BROKEN);
		CU_ASSERT_EQUAL(lamp.actions, 0);
	}

	CU_ASSERT_EQUAL(statetable_refused(), before + LAMP_EVENTC);
}

static void test_action_error(void)
{
	struct lamp lamp = {.state = LAMP_ON};

	CU_ASSERT_EQUAL(lamp_step(&lamp, LAMP_DROP, NULL), ENOMEM);
	CU_ASSERT_EQUAL(lamp.state, LAMP_BROKEN);
}

static void test_nested(void)
{
	struct lamp lamp = {.state = LAMP_OFF};

	CU_ASSERT_EQUAL(lamp_step(&lamp, LAMP_FLASH, NULL), 0);
	CU_ASSERT_EQUAL(lamp.state, LAMP_OFF);
	CU_ASSERT_EQUAL(lamp.actions, 1);
}

static int check(const struct state_row *rows, size_t rowc, const char *const *states)
{
	const struct statetable st = {"faulty", states, eventv, LAMP_STATEC, LAMP_EVENTC, rows, rowc};
	const enum log_level level = log_level_get();
	int err;

	log_level_set(LOG_LEVELC); /* the faults are wanted here */
	err = statetable_check(&st);
	log_level_set(level);

	return err;
}

static void test_check(void)
{
	static const struct state_row bad_state[] = {{LAMP_STATEC, LAMP_PRESS, LAMP_ON, NULL}};
	static const struct state_row bad_next[] = {{LAMP_OFF, LAMP_PRESS, LAMP_STATEC, NULL}};
	static const struct state_row bad_event[] = {{LAMP_OFF, LAMP_EVENTC, LAMP_ON, NULL}};
	static const struct state_row twice[] = {{LAMP_OFF, LAMP_PRESS, LAMP_ON, NULL},
						 {LAMP_OFF, LAMP_PRESS, LAMP_OFF, NULL}};
	static const char *const nameless[LAMP_STATEC] = {"off", NULL, "broken"};

	CU_ASSERT_EQUAL(statetable_check(&lamp_table), 0);
	CU_ASSERT_EQUAL(check(bad_state, 1, statev), EINVAL);
	CU_ASSERT_EQUAL(check(bad_next, 1, statev), EINVAL);
	CU_ASSERT_EQUAL(check(bad_event, 1, statev), EINVAL);
	CU_ASSERT_EQUAL(check(twice, 2, statev), EINVAL);
	CU_ASSERT_EQUAL(check(rowv, 1, nameless), EINVAL);
}

static const struct unit_test testv[] = {
	{"a row moves the state, then runs its action", test_row_moves},
	{"a row without an action only moves", test_null_action},
	{"an event without a row changes nothing and is counted", test_no_row},
	{"an action's error is handed on, the move stands", test_action_error},
	{"an action may step the machine again", test_nested},
	{"a faulty table is found at start", test_check},
	{NULL, NULL},
};

const struct unit_suite statetable_suite = {"statetable", testv};
