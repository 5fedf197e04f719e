/**
 * @file main.c  tandemctl: the system that options name, the command
 */
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

static int stderr_print(const char *p, size_t size, void *arg)
{
	return fwrite(p, 1, size, stderr) == size ? 0 : EIO;
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

static int config_load(struct config **cfgp, const struct ctl *ctl)
{
	struct re_printf pf = {stderr_print, NULL};
	const char *file = ctl->config;
	struct config *cfg = NULL;
	int err;

	if (!file && !ctl->data && access("./data/tandem.db", F_OK) && !access(CONF_INSTALLED, R_OK))
		file = CONF_INSTALLED;

	err = config_read(&cfg, file, &pf);
	if (err == ENOENT)
		(void)ctl_error("%s: there is no such file", file);
	if (!err && ctl->data)
		err = config_set(cfg, "data_dir", ctl->data, &pf);
	if (!err)
		err = config_complete(cfg);

	if (err) {
		mem_deref(cfg);
		return CTL_FAILED;
	}

	*cfgp = cfg;

	return CTL_OK;
}

static int config_check(const struct ctl *ctl)
{
	struct config *cfg = NULL;
	const int code = config_load(&cfg, ctl);

	mem_deref(cfg);

	return code;
}

/** From what was given to the socket and the database. */
static int system_find(struct ctl *ctl)
{
	struct config *cfg = NULL;
	int code, err = 0;

	if (ctl->data && ctl->config) {
		(void)ctl_error("give --data or --config, not both");
		return CTL_USAGE;
	}

	code = config_load(&cfg, ctl);
	if (code)
		return code;

	if (!ctl->control || ctl->data || ctl->config)
		err = re_sdprintf(&ctl->db_path, "%s/tandem.db", cfg->data_dir);
	err = err ? err : str_dup(&ctl->socket, ctl->control ? ctl->control : cfg->control_socket);
	mem_deref(cfg);

	return err ? ctl_error("%m", err) : CTL_OK;
}

static int command_run(struct ctl *ctl)
{
	const struct ctl_command *c = ctl_command_find(ctl->argv[0]);
	int code;

	if (!c)
		return unknown_command(ctl->argv[0]);

	if (ctl->help) {
		ctl->argc = 1;
		return ctl_help(ctl);
	}

	++ctl->argv;
	--ctl->argc;

	code = command_check(ctl, c);
	if (!code && c->h != ctl_help && c->h != ctl_version)
		code = system_find(ctl);

	return code ? code : c->h(ctl);
}

static int ctl_main(struct ctl *ctl)
{
	if (ctl->man) {
		ctl_man(stdout);
		return CTL_OK;
	}

	if (ctl->version)
		return ctl_version(ctl);

	if (ctl->argc)
		return command_run(ctl);

	if (ctl->check)
		return config_check(ctl);

	ctl_usage(ctl->help ? stdout : stderr);

	return ctl->help ? CTL_OK : CTL_USAGE;
}

int main(int argc, char *argv[])
{
	struct ctl ctl = {0};
	int code;

	(void)setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth() */

	if (libre_init())
		return CTL_FAILED;

	log_init("tandemctl", LOG_TEXT, LOG_WARN);

	code = ctl_options_read(&ctl, argc, argv);
	code = code ? code : ctl_main(&ctl);

	if (fflush(stdout) && !code)
		code = ctl_error("%m", errno);

	mem_deref(ctl.socket);
	mem_deref(ctl.db_path);
	libre_close();

	return code;
}
