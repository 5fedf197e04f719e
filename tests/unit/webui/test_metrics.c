/**
 * @file test_metrics.c  The figures for Prometheus
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "metrics.h"
#include "unit.h"

static char *print(const char *status_json)
{
	struct odict *status = NULL;
	struct json_fault fault;
	struct mbuf *mb = mbuf_alloc(1024);
	char *text = NULL;

	if (status_json)
		CU_ASSERT_EQUAL_FATAL(json_read(&status, ODICT_OBJECT, status_json, strlen(status_json),
						&fault),
				      0);

	CU_ASSERT_EQUAL_FATAL(metrics_print(mb, status, status != NULL), 0);
	mb->pos = 0;
	CU_ASSERT_EQUAL_FATAL(mbuf_strdup(mb, &text, mb->end), 0);

	mem_deref(mb);
	mem_deref(status);

	return text;
}

static void test_figures(void)
{
	static const char status[] = "{\"state\": \"running\", \"uptime_s\": 12,"
				     " \"calls\": {\"active\": 3, \"attempts\": 9007199254740991},"
				     " \"relay\": {\"state\": \"up\", \"failovers\": 4, \"relays\": ["
				     "{\"relay\": \"udp:[::1]:2223\", \"state\": \"down\", \"calls\": 0},"
				     "{\"relay\": \"unix:/run/a-b.sock\", \"state\": \"up\", \"calls\": 9},"
				     "{\"relay\": \"a\\\"b\", \"state\": \"up\", \"calls\": 9}]},"
				     " \"writer\": {\"state\": \"degraded\", \"last_commit_took_ms\": 1.5},"
				     " \"door\": {\"malformed_400\": 7, \"legs\": 6, \"bad\\\"label\": 1}}";
	static const char *const linev[] = {
		"\ntandem_b2bua_up 1\n",
		"\ntandem_database_up 1\n",
		"\ntandem_b2bua_uptime_seconds 12\n",
		"\ntandem_b2bua_draining 0\n",
		"\ntandem_calls_active 3\n",
		"\ntandem_call_attempts_total 9007199254740991\n",
		"\ntandem_relay_up 1\n",
		"\ntandem_relay_failovers_total 4\n",
		"\ntandem_relay_each_up{relay=\"udp:[::1]:2223\"} 0\n",
		"\ntandem_relay_each_calls{relay=\"unix:/run/a-b.sock\"} 9\n",
		"\ntandem_writer_degraded 1\n",
		"\ntandem_writer_last_commit_seconds 0.0015\n",
		"\ntandem_door_turned_away_total{reason=\"malformed_400\"} 7\n",
	};
	char *text = print(status);

	for (size_t i = 0; i < ARRAY_SIZE(linev); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(text, linev[i]));

	CU_ASSERT_PTR_NULL(strstr(text, "legs"));
	CU_ASSERT_PTR_NULL(strstr(text, "label"));
	CU_ASSERT_PTR_NULL(strstr(text, "a\"b"));
	mem_deref(text);
}

static void test_strange(void)
{
	static const char *const statusv[] = {
		"{}",
		"{\"calls\": 1, \"relay\": {\"relays\": [1, {}, {\"relay\": \"x\"}]}, \"door\": []}",
		"{\"calls\": {\"active\": \"many\"}, \"writer\": {\"state\": 7, \"records\": {}}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(statusv); i++) {

		char *text = print(statusv[i]);

		CU_ASSERT_PTR_NOT_NULL(strstr(text, "tandem_b2bua_up 1\n"));
		CU_ASSERT_PTR_NULL(strstr(text, "tandem_calls_active"));
		CU_ASSERT_PTR_NULL(strstr(text, "tandem_writer_records_total"));
		mem_deref(text);
	}
}

static void test_down(void)
{
	char *text = print(NULL);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\ntandem_b2bua_up 0\n"));
	CU_ASSERT_PTR_NULL(strstr(text, "tandem_calls"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nprocess_resident_memory_bytes "));
	mem_deref(text);
}

static const struct unit_test testv[] = {
	{"what status says is told in base units", test_figures},
	{"what is missing or of another type is left out", test_strange},
	{"without the b2bua its figures are gone, not zero", test_down},
	{NULL, NULL},
};

const struct unit_suite metrics_suite = {"metrics", testv};
