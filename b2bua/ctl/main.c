/**
 * @file main.c  tandemctl: options, the system they name, the command
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "config.h"
#include "nearest.h"
#include "ctl.h"

#define CONF_INSTALLED "/etc/tandem/tandem.conf"

/** What was given, before it is known what it means. */
struct options {
	const char *data, *config, *socket;
	bool help, version, check, man;
};

static int stderr_print(const char *p, size_t size, void *arg)
{
	return fwrite(p, 1, size, stderr) == size ? 0 : EIO;
}

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

static const struct ctl_option_help *option_find(int key)
{
	size_t i;

	for (i = 0; i < ctl_optionc; i++)
		if (ctl_optionv[i].key == key)
			return &ctl_optionv[i];

	return NULL;
}

static int option_refuse(int key, const char *arg)
{
	if (key == ':')
		(void)ctl_error("%s needs a value; tandemctl --help says more", arg);
	else
		(void)ctl_error("%s is no option; tandemctl --help lists them", arg);

	return CTL_USAGE;
}

static int option_take(struct ctl *ctl, struct options *o, int key, const char *arg)
{
	const struct ctl_option_help *help = option_find(key);

	if (!help)
		return option_refuse(key, arg);

	ctl->given |= help->flag;

	switch (key) {

	case 'd':
		o->data = arg;
		break;
	case 'c':
		o->config = arg;
		break;
	case 's':
		o->socket = arg;
		break;
	case 'j':
		ctl->json = true;
		ctl_error_json(true);
		break;
	case 'h':
		o->help = true;
		break;
	case 'V':
		o->version = true;
		break;
	case 'C':
		o->check = true;
		ctl->given |= CTL_CHECK; /* with a command it is one of its own */
		break;
	case 'M':
		o->man = true;
		break;
	case 'l':
		return number_read(&ctl->last, help->name, arg);
	case 'r':
		return number_read(&ctl->rows, help->name, arg);
	case 't':
		return number_read(&ctl->timeout_s, help->name, arg);
	case 'i':
		ctl->call = arg;
		break;
	case 'T':
		ctl->trunk = arg;
		break;
	case 'N':
		ctl->number = arg;
		break;
	case 'm':
		return number_read(&ctl->minutes, help->name, arg);
	case 'P':
		ctl->pcap = arg;
		break;
	case 'k':
		ctl->key = arg;
		break;
	case 'e':
		ctl->note = arg;
		break;
	case 'X':
		ctl->price = arg;
		break;
	case 'y':
		ctl->day = arg;
		break;
	case 'x':
		ctl->format = arg;
		break;
	case 'G':
		ctl->against = arg;
		break;
	case 'F':
		ctl->from = arg;
		break;
	case 'O':
		ctl->to = arg;
		break;
	case 'B':
		ctl->account = arg;
		break;
	case 'R':
		ctl->tariff = arg;
		break;
	case 'W':
		ctl->at = arg;
		break;
	case 'I':
		ctl->map = arg;
		break;
	case 'L':
		ctl->delimiter = arg;
		break;
	case 'E':
		ctl->decimal = arg;
		break;
	case 'D':
		return number_read(&ctl->duration_s, help->name, arg);
	case 'f':
		ctl->file = arg;
		break;
	default:
		break;
	}

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

static int options_read(struct ctl *ctl, struct options *o, int argc, char *argv[])
{
	struct option longv[64] = {{NULL, 0, NULL, 0}};
	const int optionc = texts_aside(argc, argv);
	int key, code = CTL_OK;
	size_t i;

	for (i = 0; i < ctl_optionc; i++)
		longv[i] = (struct option){ctl_optionv[i].name,
					   ctl_optionv[i].arg ? required_argument : no_argument, NULL,
					   ctl_optionv[i].key};

	while (!code && (key = getopt_long(optionc, argv, CTL_SHORT_KEYS, longv, NULL)) != -1)
		code = option_take(ctl, o, key, optarg ? optarg : argv[optind - 1]);

	ctl->argv = argv + optind;
	ctl->argc = argc - optind;

	return code;
}

/** Options that the command does not know are mistakes, not wishes. */
static int command_check(const struct ctl *ctl, const struct ctl_command *c)
{
	size_t i;

	for (i = 0; i < ctl_optionc; i++) {

		if (!(ctl_optionv[i].flag & ctl->given & ~c->options))
			continue;

		(void)ctl_error("--%s is no option of %s; see tandemctl help %s", ctl_optionv[i].name,
				c->name, c->name);
		return CTL_USAGE;
	}

	if (ctl->argc < c->argmin || ctl->argc > c->argmax) {
		(void)ctl_error("usage: tandemctl %s %s", c->name, c->args);
		return CTL_USAGE;
	}

	return CTL_OK;
}

static int unknown_command(const char *name)
{
	struct nearest n;
	size_t i;

	nearest_init(&n, name);
	for (i = 0; i < ctl_commandc; i++)
		nearest_offer(&n, ctl_commandv[i].name);

	if (n.name)
		(void)ctl_error("no command is called %s; did you mean %s?", name, n.name);
	else
		(void)ctl_error("no command is called %s; tandemctl help lists them", name);

	return CTL_USAGE;
}

static int config_load(struct config **cfgp, const struct options *o)
{
	struct re_printf pf = {stderr_print, NULL};
	const char *file = o->config;
	struct config *cfg = NULL;
	int err;

	if (!file && !o->data && access("./data/tandem.db", F_OK) && !access(CONF_INSTALLED, R_OK))
		file = CONF_INSTALLED;

	err = config_read(&cfg, file, &pf);
	if (err == ENOENT)
		(void)ctl_error("%s: there is no such file", file);
	if (!err && o->data)
		err = config_set(cfg, "data_dir", o->data, &pf);
	if (!err)
		err = config_complete(cfg);

	if (err) {
		mem_deref(cfg);
		return CTL_FAILED;
	}

	*cfgp = cfg;

	return CTL_OK;
}

static int config_check(const struct options *o)
{
	struct config *cfg = NULL;
	const int code = config_load(&cfg, o);

	mem_deref(cfg);

	return code;
}

/** From what was given to the socket and the database. */
static int system_find(struct ctl *ctl, const struct options *o)
{
	struct config *cfg = NULL;
	int code, err = 0;

	if (o->data && o->config) {
		(void)ctl_error("give --data or --config, not both");
		return CTL_USAGE;
	}

	code = config_load(&cfg, o);
	if (code)
		return code;

	if (!o->socket || o->data || o->config)
		err = re_sdprintf(&ctl->db_path, "%s/tandem.db", cfg->data_dir);
	err = err ? err : str_dup(&ctl->socket, o->socket ? o->socket : cfg->control_socket);
	mem_deref(cfg);

	return err ? ctl_error("%m", err) : CTL_OK;
}

static int command_run(struct ctl *ctl, const struct options *o)
{
	const struct ctl_command *c = ctl_command_find(ctl->argv[0]);
	int code;

	if (!c)
		return unknown_command(ctl->argv[0]);

	if (o->help) {
		ctl->argc = 1;
		return ctl_help(ctl);
	}

	++ctl->argv;
	--ctl->argc;

	code = command_check(ctl, c);
	if (!code && c->h != ctl_help && c->h != ctl_version)
		code = system_find(ctl, o);

	return code ? code : c->h(ctl);
}

static int ctl_main(struct ctl *ctl, const struct options *o)
{
	if (o->man) {
		ctl_man(stdout);
		return CTL_OK;
	}

	if (o->version)
		return ctl_version(ctl);

	if (ctl->argc)
		return command_run(ctl, o);

	if (o->check)
		return config_check(o);

	ctl_usage(o->help ? stdout : stderr);

	return o->help ? CTL_OK : CTL_USAGE;
}

int main(int argc, char *argv[])
{
	struct ctl ctl = {0};
	struct options o = {0};
	int code;

	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() */

	if (libre_init())
		return CTL_FAILED;

	log_init("tandemctl", LOG_TEXT, LOG_WARN);

	code = options_read(&ctl, &o, argc, argv);
	code = code ? code : ctl_main(&ctl, &o);

	if (fflush(stdout) && !code)
		code = ctl_error("%m", errno);

	mem_deref(ctl.socket);
	mem_deref(ctl.db_path);
	libre_close();

	return code;
}
