/**
 * @file test_config.c  tandem.conf: what is taken, what is refused, and how that is said
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "config.h"
#include "config_key.h"
#include "unit.h"

static const char example_path[] = SOURCE_ROOT "/packaging/etc/tandem.conf";

/* What is printed, as one string. */
struct said {
	char text[8192];
	size_t len;
};

static int said_append(const char *p, size_t size, void *arg)
{
	struct said *said = arg;

	if (size >= sizeof(said->text) - said->len)
		return EOVERFLOW;

	memcpy(said->text + said->len, p, size);
	said->len += size;
	said->text[said->len] = '\0';

	return 0;
}

static int parse(struct config **cfgp, const char *text, struct said *said)
{
	struct re_printf pf = {said_append, said};

	said->len = 0;
	said->text[0] = '\0';

	return config_parse(cfgp, "t.conf", text, strlen(text), &pf);
}

static const struct {
	const char *text;
	const char *said;
} refusedv[] = {
	{"rtp_prt_min 3", "t.conf:1: unknown key 'rtp_prt_min'; did you mean rtp_port_min?\n"},
	{"quite_something_else 3", "t.conf:1: unknown key 'quite_something_else'; --help lists the keys\n"},
	{"\x1b[2J 3", "t.conf:1: unknown key '\\x1b[2J'; --help lists the keys\n"},
	{"\n# x\n  log_level loud # why not",
	 "t.conf:3: log_level is 'loud'; give debug, info, warn or error\n"},
	{"log_format xml", "t.conf:1: log_format is 'xml'; give text or json\n"},
	{"node", "t.conf:1: a key without a value; write \"\" for an empty one\n"},
	{"node # none", "t.conf:1: a key without a value; write \"\" for an empty one\n"},
	{"node \"a", "t.conf:1: a quote is not closed; end the value with \"\n"},
	{"node a b", "t.conf:1: text after the value; put a value with spaces in quotes\n"},
	{"node \"a\" b", "t.conf:1: text after the value; put a value with spaces in quotes\n"},
	{"node a\nnode b", "t.conf:2: node is set in line 1 already; keep one of the two\n"},
	{"node \x01", "t.conf:1: node is '\\x01'; give text without control characters, in UTF-8\n"},
	{"rtp_workers many", "t.conf:1: rtp_workers is 'many'; give a number from 0 to 256\n"},
	{"rtp_workers -1", "t.conf:1: rtp_workers is '-1'; give a number from 0 to 256\n"},
	{"rtp_workers 257", "t.conf:1: rtp_workers is '257'; give a number from 0 to 256\n"},
	{"rtp_workers 4294967296", "t.conf:1: rtp_workers is '4294967296'; give a number from 0 to 256\n"},
	{"rtp_port_min 80", "t.conf:1: rtp_port_min is '80'; give a number from 1024 to 65534\n"},
	{"rtp_port_min 20001", "t.conf:1: rtp_port_min is '20001'; give an even number\n"},
	{"\nrtp_port_max 20002", "t.conf:2: rtp_port_max is '20002'; give an odd number\n"},
	{"rtp_port_min 30000", "t.conf:1: rtp_port_max lies below rtp_port_min; give a range of ports\n"},
	{"rtp_port_max 1999\nrtp_port_min 2000",
	 "t.conf:1: rtp_port_max lies below rtp_port_min; give a range of ports\n"},
	{"tls_cert /a.pem", "t.conf:1: tls_cert and tls_key belong together; give both or neither\n"},
	{"data_dir \"\"", "t.conf:1: data_dir is ''; give a path\n"},
	{"log_level x\nlog_format y", "t.conf:1: log_level is 'x'; give debug, info, warn or error\n"
				      "t.conf:2: log_format is 'y'; give text or json\n"},
};

static void test_refused(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusedv); i++) {
		struct config *cfg = NULL;
		struct said said;

		CU_ASSERT_EQUAL(parse(&cfg, refusedv[i].text, &said), EINVAL);
		CU_ASSERT_PTR_NULL(cfg);
		CU_ASSERT_STRING_EQUAL(said.text, refusedv[i].said);
	}
}

static const struct {
	const char *key;
	const char *value;
	bool good;
} addressv[] = {
	{"sip_listen", "192.0.2.1:5060", true},
	{"sip_listen", "[2001:db8::1]:5060", true},
	{"sip_listen", "192.0.2.1:1", true},
	{"sip_listen", "[::1]:65535", true},
	{"sip_listen", "0.0.0.0:5060", false},
	{"sip_listen", "[::]:5060", false},
	{"http_listen", "0.0.0.0:8888", true},
	{"ng_udp", "[::]:2223", true},
	{"sip_listen", "192.0.2.1", false},
	{"sip_listen", "192.0.2.1:", false},
	{"sip_listen", "192.0.2.1:0", false},
	{"sip_listen", "192.0.2.1:65536", false},
	{"sip_listen", "192.0.2.1:5060x", false},
	{"sip_listen", "192.0.2.256:5060", false},
	{"sip_listen", "::1:5060", false},
	{"sip_listen", "[::1]", false},
	{"sip_listen", "[::1:5060", false},
	{"sip_listen", "[192.0.2.1]:5060", false},
	{"sip_listen", ":5060", false},
	{"sip_listen", "", false},
	{"http_listen", "localhost:8888", false},
	{"hep_target", "", true},
	{"hep_target", "192.0.2.9:9060", true},
	{"hep_target", "homer:9060", false},
	{"ng_udp", "", true},
	{"ng_udp", "127.0.0.1:2223", true},
	{"ng_allow", "", true},
	{"ng_allow", "192.0.2.7", true},
	{"ng_allow", " 192.0.2.7,10.0.0.0/8 , ::1 2001:db8::/32", true},
	{"ng_allow", "0.0.0.0/0, ::/0", true},
	{"ng_allow", "10.0.0.0/33", false},
	{"ng_allow", "::1/129", false},
	{"ng_allow", "10.0.0.0/", false},
	{"ng_allow", "10.0.0.0/8x", false},
	{"ng_allow", "/8", false},
	{"ng_allow", "example.com", false},
	{"ng_allow", "192.0.2.7:2223", false},
	{"ng_target", "", true},
	{"ng_target", "udp:127.0.0.1:2223", true},
	{"ng_target", "udp:[::1]:2223", true},
	{"ng_target", "127.0.0.1:2223", false},
	{"ng_target", "tcp:127.0.0.1:2223", false},
	{"ng_target", "udp:", false},
	{"ng_target", "udp:127.0.0.1:2223 weight=2, udp:[::1]:2224,unix:/run/x.sock  weight=0", true},
	{"ng_target", "udp:127.0.0.1:2223 weight=1001", false},
	{"ng_target", "udp:127.0.0.1:2223 weight=", false},
	{"ng_target", "udp:127.0.0.1:2223 weight=-1", false},
	{"ng_target", "udp:127.0.0.1:2223 heavy", false},
	{"ng_target", "udp:127.0.0.1:2223 weight=1 weight=2", false},
	{"ng_target", "udp:127.0.0.1:2223, ", false},
	{"ng_target", "udp:127.0.0.1:2223,,udp:[::1]:2224", false},
	{"ng_target", "udp:127.0.0.1:2223, udp:127.0.0.1:2223 weight=3", false},
	{"ng_target", "udp:127.0.0.1:65536", false},
	{"ng_target", "udp:127.0.0.1:70000000000", false},
	{"ng_target", "udp:0.0.0.0:2223", false},
	{"ng_target", "udp:127.0.0.1", false},
	{"ng_target", "udp:::1:2223", false},
	{"ng_target", "unix:", false},
	{"ng_target",
	 "unix:/a-path-that-is-longer-than-what-a-unix-socket-can-be-called-which-is-"
	 "one-hundred-and-seven-bytes-and-a-null-byte",
	 false},
	{"ng_target",
	 "udp:127.0.0.1:1,udp:127.0.0.1:2,udp:127.0.0.1:3,udp:127.0.0.1:4,udp:127.0.0.1:5,"
	 "udp:127.0.0.1:6,udp:127.0.0.1:7,udp:127.0.0.1:8,udp:127.0.0.1:9,udp:127.0.0.1:10,"
	 "udp:127.0.0.1:11,udp:127.0.0.1:12,udp:127.0.0.1:13,udp:127.0.0.1:14,udp:127.0.0.1:15,"
	 "udp:127.0.0.1:16,udp:127.0.0.1:17",
	 false},
};

static void test_addresses(void)
{
	struct config *cfg;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(config_read(&cfg, NULL, NULL), 0);

	for (i = 0; i < ARRAY_SIZE(addressv); i++) {
		struct said said = {.len = 0};
		struct re_printf pf = {said_append, &said};

		CU_ASSERT_EQUAL(config_set(cfg, addressv[i].key, addressv[i].value, &pf),
				addressv[i].good ? 0 : EINVAL);
		CU_ASSERT_EQUAL(said.len == 0, addressv[i].good);
	}

	mem_deref(cfg);
}

static void test_taken(void)
{
	static const char text[] = "\t data_dir   \"/var/my data\"\t# comment\r\n"
				   "node n#1\n\n"
				   "log_level debug\nlog_format json\n"
				   "sip_listen [::1]:5070\nng_target udp:127.0.0.1:2223\n"
				   "rtp_port_min 30000\nrtp_port_max 30999\nrtp_workers 2\n"
				   "media_timeout_s 5\nuser \"\"\n"
				   "tls_cert /c.pem\ntls_key /k.pem";
	struct config *cfg;
	struct said said;

	CU_ASSERT_EQUAL_FATAL(parse(&cfg, text, &said), 0);
	CU_ASSERT_STRING_EQUAL(said.text, "");
	CU_ASSERT_STRING_EQUAL(cfg->data_dir, "/var/my data");
	CU_ASSERT_STRING_EQUAL(cfg->node, "n#1");
	CU_ASSERT_EQUAL(cfg->log_level, LOG_DEBUG);
	CU_ASSERT_EQUAL(cfg->log_format, LOG_JSON);
	CU_ASSERT_STRING_EQUAL(cfg->sip_listen, "[::1]:5070");
	CU_ASSERT_STRING_EQUAL(cfg->ng_target, "udp:127.0.0.1:2223");
	CU_ASSERT_EQUAL(cfg->rtp_port_min, 30000);
	CU_ASSERT_EQUAL(cfg->rtp_port_max, 30999);
	CU_ASSERT_EQUAL(cfg->rtp_workers, 2);
	CU_ASSERT_EQUAL(cfg->media_timeout_s, 5);
	CU_ASSERT_STRING_EQUAL(cfg->tls_key, "/k.pem");
	mem_deref(cfg);
}

static void test_defaults(void)
{
	struct config *cfg;

	CU_ASSERT_EQUAL_FATAL(config_read(&cfg, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(cfg->data_dir, "./data");
	CU_ASSERT_EQUAL(cfg->log_level, LOG_INFO);
	CU_ASSERT_EQUAL(cfg->log_format, LOG_TEXT);
	CU_ASSERT_STRING_EQUAL(cfg->sip_listen, "127.0.0.1:5060");
	CU_ASSERT_STRING_EQUAL(cfg->ng_udp, "");
	CU_ASSERT_STRING_EQUAL(cfg->ng_target, "");
	CU_ASSERT_EQUAL(cfg->rtp_port_min, 20000);
	CU_ASSERT_EQUAL(cfg->rtp_port_max, 29999);
	CU_ASSERT_EQUAL(cfg->rtp_workers, 0);
	CU_ASSERT_EQUAL(cfg->media_timeout_s, 60);
	CU_ASSERT_EQUAL(cfg->port_quarantine_s, 1);
	CU_ASSERT_EQUAL(cfg->drain_timeout_s, 10);
	CU_ASSERT_STRING_EQUAL(cfg->http_listen, "127.0.0.1:8888");
	mem_deref(cfg);
}

static void test_complete(void)
{
	struct config *cfg;

	CU_ASSERT_EQUAL_FATAL(config_read(&cfg, NULL, NULL), 0);
	CU_ASSERT_EQUAL(config_set(cfg, "data_dir", "/d", NULL), 0);
	CU_ASSERT_EQUAL(config_set(cfg, "ng_socket", "/s/ng", NULL), 0);
	CU_ASSERT_EQUAL(config_complete(cfg), 0);
	CU_ASSERT_EQUAL(config_complete(cfg), 0);

	CU_ASSERT_STRING_EQUAL(cfg->run_dir, "/d/run");
	CU_ASSERT_STRING_EQUAL(cfg->control_socket, "/d/run/b2bua.sock");
	CU_ASSERT_STRING_EQUAL(cfg->ng_socket, "/s/ng");
	CU_ASSERT(str_isset(cfg->node));
	mem_deref(cfg);
}

static void test_set_refused(void)
{
	struct said said = {.len = 0};
	struct re_printf pf = {said_append, &said};
	struct config *cfg;

	CU_ASSERT_EQUAL_FATAL(config_read(&cfg, NULL, NULL), 0);
	CU_ASSERT_EQUAL(config_set(cfg, "sip_listn", "x", &pf), EINVAL);
	CU_ASSERT_EQUAL(config_set(cfg, "log_level", "x", &pf), EINVAL);
	CU_ASSERT_EQUAL(cfg->log_level, LOG_INFO);
	CU_ASSERT_STRING_EQUAL(said.text, "option: unknown key 'sip_listn'; did you mean sip_listen?\n"
					  "option: log_level is 'x'; give debug, info, warn or error\n");

	CU_ASSERT_EQUAL(config_set(cfg, "rtp_port_max", "1025", NULL), 0);
	log_level_set(LOG_LEVELC); /* the fault is wanted here */
	CU_ASSERT_EQUAL(config_complete(cfg), EINVAL);
	log_level_set(LOG_ERROR);
	mem_deref(cfg);
}

static void test_unreadable(void)
{
	struct said said = {.len = 0};
	struct re_printf pf = {said_append, &said};
	struct config *cfg = NULL;

	CU_ASSERT_EQUAL(config_read(&cfg, "/nowhere/tandem.conf", &pf), ENOENT);
	CU_ASSERT_EQUAL(config_read(&cfg, "/", &pf), EINVAL);
	CU_ASSERT_PTR_NULL(cfg);
	CU_ASSERT_STRING_EQUAL(said.text,
			       "/nowhere/tandem.conf: cannot be read: No such file or directory; "
			       "check the path and its permissions\n"
			       "/: cannot be read: Is a directory; check the path and its permissions\n");
}

static void test_too_large(void)
{
	static char text[70000];
	struct said said = {.len = 0};
	struct re_printf pf = {said_append, &said};
	struct config *cfg = NULL;

	memset(text, '\n', sizeof(text));
	CU_ASSERT_EQUAL(config_parse(&cfg, "big", text, sizeof(text), &pf), EINVAL);
	CU_ASSERT_STRING_EQUAL(said.text, "big: longer than 65536 bytes; this is no tandem.conf\n");
}

/* ---- the example in packaging/etc ---- */

static char *example_load(void)
{
	FILE *f = fopen(example_path, "re");
	char *text = calloc(1, 65536);

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT(fread(text, 1, 65535, f) > 0);
	(void)fclose(f);

	return text;
}

/* "#key value" becomes "key value"; prose has a blank after its "#". */
static void example_uncomment(char *text)
{
	char *p;

	for (p = text; (p = strstr(p, "\n#")); p++)
		if (p[2] >= 'a' && p[2] <= 'z')
			p[1] = ' ';
}

static bool example_shows(const char *text, const struct config_key *key)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "\n %s %s\n", key->name, key->def[0] ? key->def : "\"\"");

	return strstr(text, line) != NULL;
}

static void test_example(void)
{
	char *text = example_load();
	struct config *cfg = NULL;
	struct said said;
	size_t i;

	CU_ASSERT_EQUAL(parse(&cfg, text, &said), 0);
	cfg = mem_deref(cfg);

	example_uncomment(text);
	CU_ASSERT_EQUAL(parse(&cfg, text, &said), 0);
	CU_ASSERT_STRING_EQUAL(said.text, "");
	mem_deref(cfg);

	for (i = 0; i < config_keyc; i++)
		CU_ASSERT(example_shows(text, &config_keyv[i]));

	free(text);
}

static void test_help(void)
{
	struct said said = {.len = 0};
	struct re_printf pf = {said_append, &said};
	size_t i;

	CU_ASSERT_EQUAL(config_help(&pf, NULL), 0);
	for (i = 0; i < config_keyc; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(said.text, config_keyv[i].name));
}

static const struct unit_test testv[] = {
	{"every mistake is said with its line and a remedy", test_refused},
	{"addresses have a numeric host and a port", test_addresses},
	{"quotes, comments and blanks are understood", test_taken},
	{"absent keys have their defaults", test_defaults},
	{"unset paths follow from data_dir", test_complete},
	{"a wrong option is said and changes nothing", test_set_refused},
	{"a file that cannot be read is said", test_unreadable},
	{"a giant file is refused", test_too_large},
	{"the example shows every key with its default", test_example},
	{"the help names every key", test_help},
	{NULL, NULL},
};

const struct unit_suite config_suite = {"config", testv};
