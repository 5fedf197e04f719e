/**
 * @file metrics.c  The figures for Prometheus
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>
#include <re.h>
#include "metrics.h"

/* Where a figure stands in `status`, and how it is called here. Units are Prometheus's base units. */
struct metric {
	const char *part; /* NULL: `status` itself */
	const char *key;
	const char *one; /* a text that counts as 1, any other as 0; NULL: a number */
	double scale;    /* from the unit of `status` to ours */
	const char *name;
	const char *type;
	const char *help;
};

/* clang-format off */
static const struct metric metricv[] = {
	{NULL,      "uptime_s",       NULL,       1,    "tandem_b2bua_uptime_seconds",         "gauge",   "Time since tandem-b2bua started"},
	{NULL,      "state",          "draining", 1,    "tandem_b2bua_draining",               "gauge",   "1 while new calls are refused because it stops"},
	{"calls",   "active",         NULL,       1,    "tandem_calls_active",                 "gauge",   "Calls up now, ringing ones included"},
	{"calls",   "answered",       NULL,       1,    "tandem_calls_answered",               "gauge",   "Calls up now that were answered"},
	{"calls",   "attempts",       NULL,       1,    "tandem_call_attempts_total",          "counter", "Calls that were attempted"},
	{"calls",   "answers",        NULL,       1,    "tandem_call_answers_total",           "counter", "Calls that were answered"},
	{"calls",   "failures",       NULL,       1,    "tandem_call_failures_total",          "counter", "Calls that failed here or beyond"},
	{"calls",   "media_recovered", NULL,      1,    "tandem_calls_media_recovered_total",  "counter", "Calls that got their media back after a relay was lost"},
	{"calls",   "media_lost",     NULL,       1,    "tandem_calls_media_lost_total",       "counter", "Calls that did not, or in one direction only"},
	{"calls",   "subscriptions",  NULL,       1,    "tandem_subscriptions",                "gauge",   "Subscriptions outside any call"},
	{"relay",   "state",          "up",       1,    "tandem_relay_up",                     "gauge",   "1 while a media relay answers that takes new calls"},
	{"relay",   "requests",       NULL,       1,    "tandem_relay_requests_total",         "counter", "Requests to the media relays"},
	{"relay",   "retries",        NULL,       1,    "tandem_relay_retries_total",          "counter", "Requests sent to them once more"},
	{"relay",   "timeouts",       NULL,       1,    "tandem_relay_timeouts_total",         "counter", "Requests they did not answer"},
	{"relay",   "refusals",       NULL,       1,    "tandem_relay_refusals_total",         "counter", "Requests they refused"},
	{"relay",   "restarts",       NULL,       1,    "tandem_relay_restarts_total",         "counter", "Times a relay came back and had forgotten its calls"},
	{"relay",   "failovers",      NULL,       1,    "tandem_relay_failovers_total",        "counter", "Calls that went to another relay"},
	{"writer",  "state",          "degraded", 1,    "tandem_writer_degraded",              "gauge",   "1 while records go to the spool only"},
	{"writer",  "records",        NULL,       1,    "tandem_writer_records_total",         "counter", "Records taken over"},
	{"writer",  "commits",        NULL,       1,    "tandem_writer_commits_total",         "counter", "Transactions committed"},
	{"writer",  "failures",       NULL,       1,    "tandem_writer_failures_total",        "counter", "Transactions and spool writes that failed"},
	{"writer",  "spool_used",     NULL,       1,    "tandem_writer_spool_used_bytes",      "gauge",   "Records in the spool that are not in the database yet"},
	{"writer",  "spool_size",     NULL,       1,    "tandem_writer_spool_size_bytes",      "gauge",   "Room in the spool"},
	{"writer",  "last_commit_took_ms", NULL,  1e-3, "tandem_writer_last_commit_seconds",   "gauge",   "How long the last transaction took to commit"},
	{"process", "rss_bytes",      NULL,       1,    "tandem_b2bua_resident_memory_bytes",  "gauge",   "Memory of tandem-b2bua"},
	{"process", "timers",         NULL,       1,    "tandem_b2bua_timers",                 "gauge",   "Timers pending in tandem-b2bua"},
};
/* clang-format on */

static int head_print(struct mbuf *mb, const char *name, const char *type, const char *help)
{
	return mbuf_printf(mb, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* libre's %f rounds to two places. */
static int value_print(struct mbuf *mb, const char *name, double value)
{
	char number[48];

	(void)snprintf(number, sizeof(number), "%.16g", value);

	return mbuf_printf(mb, "%s %s\n", name, number);
}

static int figure_print(struct mbuf *mb, const char *name, const char *type, const char *help, double value)
{
	int err;

	err = head_print(mb, name, type, help);

	return err ? err : value_print(mb, name, value);
}

static bool number_of(double *value, const struct odict_entry *e)
{
	switch (e->type) {

	case ODICT_INT:
		*value = (double)e->u.integer;
		return true;

	case ODICT_DOUBLE:
		*value = e->u.dbl;
		return true;

	default:
		return false;
	}
}

static const struct odict *part_of(const struct odict *status, const char *part)
{
	const struct odict_entry *e;

	if (!part || !status)
		return status;

	e = odict_get_type(status, ODICT_OBJECT, part);

	return e ? e->u.odict : NULL;
}

static int metric_print(struct mbuf *mb, const struct metric *m, const struct odict *status)
{
	const struct odict *part = part_of(status, m->part);
	const struct odict_entry *e = part ? odict_lookup(part, m->key) : NULL;
	double value;

	if (!e)
		return 0;

	if (m->one && e->type == ODICT_STRING)
		value = strcmp(e->u.str, m->one) == 0;
	else if (!number_of(&value, e))
		return 0;

	return figure_print(mb, m->name, m->type, m->help, value * m->scale);
}

/* A label value that needs no escaping. */
static bool label_plain(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* What the door turned away: every counter there is a reason, but for the legs it holds now. */
static int door_print(struct mbuf *mb, const struct odict *status)
{
	static const char name[] = "tandem_door_turned_away_total";
	const struct odict *door = part_of(status, "door");
	const struct le *le;
	int err;

	if (!door)
		return 0;

	err = head_print(mb, name, "counter", "Packets and requests that became no call, by reason");

	for (le = door->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		if (e->type == ODICT_INT && strcmp(e->key, "legs") != 0 && label_plain(e->key))
			err = mbuf_printf(mb, "%s{reason=\"%s\"} %lld\n", name, e->key, e->u.integer);
	}

	return err;
}

/* ---------------------------------------------------------------- each relay */

/* A relay's name: an address or a path, which the operator wrote. */
static bool relay_plain(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/[]")] ==
	       '\0';
}

static int relay_print(struct mbuf *mb, const struct odict *relay, const char *key, const char *name)
{
	const char *label = odict_string(relay, "relay"), *state = odict_string(relay, "state");
	const struct odict_entry *e = odict_get_type(relay, ODICT_INT, key);

	if (!label || !relay_plain(label) || (!e && !state))
		return 0;

	return mbuf_printf(mb, "%s{relay=\"%s\"} %lld\n", name, label,
			   e ? e->u.integer : (int64_t)(strcmp(state, "up") == 0));
}

static int relays_print(struct mbuf *mb, const struct odict *status)
{
	static const struct {
		const char *key, *name, *help;
	} v[] = {
		{"state", "tandem_relay_each_up", "1 while this media relay answers"},
		{"calls", "tandem_relay_each_calls", "Calls that this media relay carries"},
	};
	const struct odict *part = status ? part_of(status, "relay") : NULL;
	const struct odict_entry *array = part ? odict_get_type(part, ODICT_ARRAY, "relays") : NULL;
	const struct le *le;
	int err = 0;

	for (size_t i = 0; array && i < ARRAY_SIZE(v) && !err; i++) {

		err = head_print(mb, v[i].name, "gauge", v[i].help);

		for (le = array->u.odict->lst.head; le && !err; le = le->next) {

			const struct odict_entry *e = le->data;

			if (e->type == ODICT_OBJECT)
				err = relay_print(mb, e->u.odict, v[i].key, v[i].name);
		}
	}

	return err;
}

/* ---------------------------------------------------------------- this process */

static double seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);

	return seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
}

/* The second word of statm is the resident pages. */
static double resident_bytes(void)
{
	char text[128] = "", *rest = text;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return 0;

	if (fgets(text, sizeof(text), f))
		(void)strtol(text, &rest, 10);
	(void)fclose(f);

	return (double)strtol(rest, NULL, 10) * (double)sysconf(_SC_PAGESIZE);
}

static double open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	if (!dir)
		return 0;

	while (readdir(dir)) /* cppcheck-suppress readdirCalled ; one thread */
		++count;
	(void)closedir(dir);

	return (double)count - 3; /* ".", ".." and the folder itself */
}

static int process_print(struct mbuf *mb)
{
	int err;

	err = figure_print(mb, "process_cpu_seconds_total", "counter", "Processor time of tandem-webui",
			   cpu_seconds());
	err = err ? err
		  : figure_print(mb, "process_resident_memory_bytes", "gauge", "Memory of tandem-webui",
				 resident_bytes());

	return err ? err
		   : figure_print(mb, "process_open_fds", "gauge", "Open files of tandem-webui",
				  open_files());
}

int metrics_print(struct mbuf *mb, const struct odict *status, bool database)
{
	size_t i;
	int err;

	err = figure_print(mb, "tandem_b2bua_up", "gauge", "1 while tandem-b2bua answers", status != NULL);
	err = err ? err
		  : figure_print(mb, "tandem_database_up", "gauge", "1 while the database can be read",
				 database);

	for (i = 0; i < ARRAY_SIZE(metricv) && !err; i++)
		err = metric_print(mb, &metricv[i], status);

	err = err ? err : relays_print(mb, status);
	err = err ? err : metrics_webhooks_print(mb, status);
	err = err ? err : door_print(mb, status);

	return err ? err : process_print(mb);
}
