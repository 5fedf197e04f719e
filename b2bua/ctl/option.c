/**
 * @file option.c  tandemctl: the table of options, and how they are read
 */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "ctl.h"

enum {
	LONG_KEY = 256, /* getopt_long's for row 0; below it are letters */
	OPTIONS_MAX = 80,
};

#define NOTHING CTL_NOTHING, 0
#define TRUE(field) CTL_TRUE, offsetof(struct ctl, field)
#define TEXT(field) CTL_TEXT, offsetof(struct ctl, field)
#define NUM(field) CTL_NUM, offsetof(struct ctl, field)

/* clang-format off */
const struct ctl_option ctl_optionv[] = {
	{0, "data", 0, "DIR", TEXT(data), "the system's data folder (default ./data, or as installed)"},
	{0, "config", 0, "FILE", TEXT(config), "the system this tandem.conf describes"},
	{0, "socket", 0, "PATH", TEXT(control), "the control socket itself"},
	{0, "json", 'j', NULL, TRUE(json), "answer in JSON; errors, too: {\"error\": TEXT} on stderr"},
	{0, "help", 'h', NULL, TRUE(help), "help, also after a command; it is always text"},
	{0, "version", 0, NULL, TRUE(version), "the version"},
	{0, "check", 0, NULL, TRUE(check), "alone: read the configuration and say what is wrong in it"},
	{CTL_ALL, "all", 0, NULL, NOTHING, "all of them"},
	{CTL_DRY_RUN, "dry-run", 0, NULL, NOTHING, "print the difference, change nothing"},
	{CTL_PRUNE, "prune", 0, NULL, NOTHING, "remove what the file does not name"},
	{CTL_FILE, "file", 0, "FILE", TEXT(file), "read QUESTION from this file"},
	{CTL_CHECK, "check", 0, NULL, NOTHING, "exit code 1 unless all is well"},
	{CTL_LAST, "last", 0, "N", NUM(last), "so many"},
	{CTL_ASCII, "ascii", 0, NULL, NOTHING, "arrows in plain ASCII (UTF-8 where the locale has it)"},
	{CTL_PCAP, "pcap", 0, "FILE", TEXT(pcap), "write the messages to this capture file"},
	{CTL_CALL, "call", 0, "ID", TEXT(call), "trace this call"},
	{CTL_TRUNK, "trunk", 0, "NAME", TEXT(trunk), "trace calls from or to this trunk"},
	{CTL_NUMBER, "number", 0, "PREFIX", TEXT(number), "trace calls from or to numbers that begin so"},
	{CTL_MINUTES, "minutes", 0, "N", NUM(minutes), "for so long (default 10)"},
	{CTL_KEY, "key", 0, "KEY", TEXT(key), "book it once by this key"},
	{CTL_NOTE, "note", 0, "TEXT", TEXT(note), "why, in words"},
	{CTL_DAY, "day", 0, "DAY", TEXT(day), "such as 2026-08-31"},
	{CTL_FORMAT, "format", 0, "FORMAT", TEXT(format), "of the file: csv (default) or jsonl"},
	{CTL_HANGUP, "hangup", 0, NULL, NOTHING, "end its calls, too"},
	{CTL_PRICE, "price", 0, "AMOUNT", TEXT(price), "what the call costs"},
	{CTL_DIGEST, "digest", 0, NULL, NOTHING, "print what the records come to"},
	{CTL_AGAINST, "against", 0, "FILE", TEXT(against), "compare with an earlier digest"},
	{CTL_APPLY, "apply", 0, NULL, NOTHING, "correct the calls to those prices"},
	{CTL_FROM, "from", 0, "TIME", TEXT(from), "from then on: 2026-08-31 or 2026-08-31T14:05, UTC"},
	{CTL_TO, "to", 0, "TIME", TEXT(to), "until then"},
	{CTL_ACCOUNT, "account", 0, "NAME", TEXT(account), "of this account"},
	{CTL_TARIFF, "tariff", 0, "NAME", TEXT(tariff), "by this tariff"},
	{CTL_AT, "at", 0, "TIME", TEXT(at), "of a call answered then (default: now)"},
	{CTL_DURATION, "duration", 0, "SECONDS", NUM(duration_s), "of a call so long (default 60)"},
	{CTL_MAP, "map", 0, "prefix=COLUMN,...", TEXT(map), "names or numbers of columns that are not called as usual"},
	{CTL_CSV, "delimiter", 0, "CHAR", TEXT(delimiter), "what separates columns, or tab (default: it is seen)"},
	{CTL_CSV, "decimal", 0, "CHAR", TEXT(decimal), "what stands before decimals, . or , (default .)"},
	{CTL_REPLACE, "replace", 0, NULL, NOTHING, "end rates that the file does not name"},
	{CTL_ROWS, "rows", 0, "N", NUM(rows), "at most so many rows (default 10000; 0: all)"},
	{CTL_TIMEOUT, "timeout", 0, "SECONDS", NUM(timeout_s), "wait so long for an answer (default 10)"},
	{0, "man", 0, NULL, TRUE(man), "print the manual page"},
};
/* clang-format on */

const size_t ctl_optionc = ARRAY_SIZE(ctl_optionv);

/* What an option means after one command, where its row does not say enough. */
/* clang-format off */
static const struct {
	const char *command;
	uint64_t flag; /* of one option */
	const char *help;
} meaningv[] = {
	{"calls", CTL_LAST, "so many (default 5000)"},
	{"subscriptions", CTL_LAST, "so many, the oldest (default 5000)"},
	{"calls", CTL_ACCOUNT, "only calls of this account"},
	{"hangup", CTL_ALL, "every call"},
	{"account", CTL_KEY, "stands for this topup, refund or adjust for ever"},
	{"account", CTL_NOTE, "why, in words; the ledger keeps it"},
	{"account", CTL_HANGUP, "after disable: end its calls, too"},
	{"account", CTL_TIMEOUT, "wait so long (default 10; list, show 30)"},
	{"ledger", CTL_ALL, "also what was set aside for calls and given back"},
	{"ledger", CTL_FROM, "entries from then on: 2026-08-31 or 2026-08-31T14:05, UTC"},
	{"ledger", CTL_TO, "entries before then"},
	{"ledger", CTL_LAST, "so many entries, the newest (default 20)"},
	{"ledger", CTL_TIMEOUT, "wait so long (default 30; verify: no limit)"},
	{"tariff", CTL_DRY_RUN, "import: show the difference, change nothing"},
	{"tariff", CTL_FROM, "import: rates hold from then on (default: at once)"},
	{"tariff", CTL_REPLACE, "import: end rates that the file does not name"},
	{"tariff", CTL_ROWS, "show: at most so many rates (default 10000; 0: all)"},
	{"tariff", CTL_TIMEOUT, "wait so long (default 30; import 60 for each part)"},
	{"rate", CTL_ACCOUNT, "by this account's tariff"},
	{"rate", CTL_TIMEOUT, "wait so long (default 30)"},
	{"rerate", CTL_FROM, "calls begun from then on: 2026-08-31 or 2026-08-31T14:05"},
	{"rerate", CTL_TO, "calls begun before then, UTC (default: now)"},
	{"rerate", CTL_TARIFF, "what they would have been priced by"},
	{"rerate", CTL_ACCOUNT, "only calls of this account"},
	{"rerate", CTL_APPLY, "let the calls cost that; needs --key and --to"},
	{"rerate", CTL_KEY, "with --apply: stands for this re-rating for ever"},
	{"rerate", CTL_NOTE, "with --apply: why, in words; each correction keeps it"},
	{"rerate", CTL_TIMEOUT, "wait so long (default: no limit; --apply 120 a part)"},
	{"cdr", CTL_LAST, "so many records, the newest (default 20)"},
	{"cdr", CTL_DIGEST, "verify: print, as JSON, what the records come to"},
	{"cdr", CTL_AGAINST, "verify: compare with an earlier digest"},
	{"cdr", CTL_PRICE, "correct: what the call costs from now on"},
	{"cdr", CTL_KEY, "correct: stands for this correction for ever"},
	{"cdr", CTL_NOTE, "correct: why, in words; the ledger keeps it"},
	{"cdr", CTL_DAY, "export: a day that is over, UTC, such as 2026-08-31"},
	{"cdr", CTL_FORMAT, "export: csv (default) or jsonl"},
	{"cdr", CTL_TO, "export: into this folder (default: this one)"},
	{"cdr", CTL_TIMEOUT, "wait so long (default 30; verify, export: no limit)"},
	{"sql", CTL_TIMEOUT, "wait so long (default 30)"},
	{"apply", CTL_TIMEOUT, "wait so long (default 120)"},
	{"export", CTL_TIMEOUT, "wait so long (default 120)"},
};
/* clang-format on */

const char *ctl_option_help(const struct ctl_option *o, const struct ctl_command *c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(meaningv); i++)
		if (meaningv[i].flag == o->flag && !strcmp(meaningv[i].command, c->name))
			return meaningv[i].help;

	return o->help;
}

_Static_assert(ARRAY_SIZE(ctl_optionv) < OPTIONS_MAX, "an option too many for getopt_long's table");

static int number_read(uint32_t *n, const char *name, const char *text)
{
	const size_t len = strlen(text);

	if (!len || len > 9 || strspn(text, "0123456789") != len) {
		(void)ctl_error("--%s %s: give a whole number from 0 to 999999999", name, text);
		return CTL_USAGE;
	}

	*n = (uint32_t)strtoul(text, NULL, 10);

	return CTL_OK;
}

static int option_refuse(int key, const char *arg)
{
	if (key == ':')
		(void)ctl_error("%s needs a value; tandemctl --help says more", arg);
	else
		(void)ctl_error("%s is no option; tandemctl --help lists them", arg);

	return CTL_USAGE;
}

static const struct ctl_option *option_find(int key)
{
	size_t i;

	if (key >= LONG_KEY)
		return &ctl_optionv[key - LONG_KEY];

	for (i = 0; i < ctl_optionc; i++)
		if (ctl_optionv[i].letter && ctl_optionv[i].letter == key)
			return &ctl_optionv[i];

	return NULL;
}

/* One name may be an option of tandemctl and of a command. */
static uint64_t option_flags(const char *name)
{
	uint64_t flags = 0;
	size_t i;

	for (i = 0; i < ctl_optionc; i++)
		if (!str_cmp(ctl_optionv[i].name, name))
			flags |= ctl_optionv[i].flag;

	return flags;
}

static int option_take(struct ctl *ctl, int key, const char *arg)
{
	const struct ctl_option *o = option_find(key);
	char *to = (char *)ctl;

	if (!o)
		return option_refuse(key, arg);

	to += o->to;
	ctl->given |= option_flags(o->name);

	switch (o->type) {

	case CTL_NOTHING:
		break;
	case CTL_TRUE:
		*(bool *)to = true;
		break;
	case CTL_TEXT:
		*(const char **)to = arg;
		break;
	case CTL_NUM:
		return number_read((uint32_t *)to, o->name, arg);
	}

	if (ctl->json)
		ctl_error_json(true);

	return CTL_OK;
}

/** "-- a comment\nSELECT 1": no option has white space before its "=". */
static bool is_text(const char *arg)
{
	const size_t len = strcspn(arg, "= \t\r\n");

	return !strncmp(arg, "--", 2) && arg[len] && arg[len] != '=';
}

/** "-0.50", unless it is the value of an option. */
static bool is_negative(const char *arg, const char *before)
{
	return arg[0] == '-' && arg[1] && strchr("0123456789.", arg[1]) && before[0] != '-';
}

/** Move texts that look like options behind all other arguments, in their order. Returns how many others. */
static int texts_aside(int argc, char *argv[])
{
	int i, left = argc, seen;

	for (i = 1, seen = 1; seen < argc; seen++) {

		char *text = argv[i];

		if (!is_text(text) && !is_negative(text, argv[i - 1])) {
			++i;
			continue;
		}

		memmove(&argv[i], &argv[i + 1], (size_t)(argc - i - 1) * sizeof(*argv));
		argv[argc - 1] = text;
		--left;
	}

	return left;
}

int ctl_options_read(struct ctl *ctl, int argc, char *argv[])
{
	struct option longv[OPTIONS_MAX + 1] = {{NULL, 0, NULL, 0}};
	const int optionc = texts_aside(argc, argv);
	char letters[OPTIONS_MAX] = ":", *letter = &letters[1];
	int key, code = CTL_OK;
	size_t i;

	for (i = 0; i < ctl_optionc; i++) {

		const struct ctl_option *o = &ctl_optionv[i];

		longv[i] = (struct option){o->name, o->arg ? required_argument : no_argument, NULL,
					   LONG_KEY + (int)i};
		if (o->letter)
			*letter++ = o->letter;
	}

	while (!code && (key = getopt_long(optionc, argv, letters, longv, NULL)) != -1)
		code = option_take(ctl, key, optarg ? optarg : argv[optind - 1]);

	ctl->argv = argv + optind;
	ctl->argc = argc - optind;

	return code;
}
