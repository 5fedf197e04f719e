/**
 * @file help.c  Help and the manual page, from the tables of command.c
 */
#include <stdio.h>
#include <string.h>
#include "ctl.h"

enum { NAME_WIDTH = 20, LINE_WIDTH = 79 };

static void left_print(FILE *f, const char *name, const char *arg)
{
	const int n = fprintf(f, "  %s%s%s", name, *arg ? " " : "", arg);

	/* what is too long for its column has a line of its own */
	if (n < NAME_WIDTH)
		(void)fprintf(f, "%*s", NAME_WIDTH - n, "");
	else
		(void)fprintf(f, "\n%*s", NAME_WIDTH, "");
}

static void option_print(FILE *f, const struct ctl_option *o, const char *help)
{
	const char letter[] = {'-', o->letter, ',', ' ', '\0'};
	char name[32];

	(void)snprintf(name, sizeof(name), "%s--%s", o->letter ? letter : "", o->name);
	left_print(f, name, o->arg ? o->arg : "");
	(void)fprintf(f, "%s\n", help);
}

/** Those that every command takes. */
static void options_print(FILE *f)
{
	size_t i;

	for (i = 0; i < ctl_optionc; i++)
		if (!ctl_optionv[i].flag)
			option_print(f, &ctl_optionv[i], ctl_optionv[i].help);
}

static void command_options_print(FILE *f, const struct ctl_command *c)
{
	size_t i;

	for (i = 0; i < ctl_optionc; i++)
		if (ctl_optionv[i].flag & c->options)
			option_print(f, &ctl_optionv[i], ctl_option_help(&ctl_optionv[i], c));
}

/** A paragraph, broken between words. */
static void wrapped_print(FILE *f, const char *text)
{
	size_t column = 0;

	while (*text) {

		const size_t len = strcspn(text, " ");

		if (column && column + 1 + len > LINE_WIDTH) {
			(void)fputc('\n', f);
			column = 0;
		}

		column += (size_t)fprintf(f, "%s%.*s", column ? " " : "", (int)len, text);
		text += len + strspn(text + len, " ");
	}

	(void)fputc('\n', f);
}

void ctl_usage(FILE *f)
{
	size_t i;

	(void)fprintf(f, "usage: tandemctl [OPTION]... COMMAND [ARGUMENT]...\n\nThe operator's view of "
			 "Tandem.\n\n");

	for (i = 0; i < ctl_commandc; i++) {
		left_print(f, ctl_commandv[i].name, ctl_commandv[i].args);
		(void)fprintf(f, "%s\n", ctl_commandv[i].help);
	}

	(void)fprintf(f, "\n");
	options_print(f);
	(void)fprintf(f,
		      "\n`tandemctl help COMMAND` says more. Exit code: 0 fine, 1 failed, 2 wrong usage.\n");
}

int ctl_help(const struct ctl *ctl)
{
	const struct ctl_command *c;

	if (!ctl->argc) {
		ctl_usage(stdout);
		return CTL_OK;
	}

	c = ctl_command_find(ctl->argv[0]);
	if (!c) {
		(void)ctl_error("no command is called so; tandemctl help lists them");
		return CTL_USAGE;
	}

	(void)printf("usage: tandemctl %s%s%s\n\n%s\n", c->name, *c->args ? " " : "", c->args, c->help);
	if (*c->details)
		wrapped_print(stdout, c->details);
	if (c->options) {
		(void)printf("\n");
		command_options_print(stdout, c);
		options_print(stdout);
	}

	return CTL_OK;
}

int ctl_version(const struct ctl *ctl)
{
	(void)printf(ctl->json ? "{\"version\": \"%s\"}\n" : "tandemctl %s\n", TANDEM_VERSION);

	return CTL_OK;
}

/* ---------------------------------------------------------------- manual page (man(7)) */

/** Hyphens are minus signs to be copied, and no line begins with a request. */
static void man_text(FILE *f, const char *text)
{
	if (*text == '.' || *text == '\'')
		(void)fprintf(f, "\\&");

	for (; *text; text++) {
		if (*text == '-')
			(void)fprintf(f, "\\-");
		else if (*text == '\\')
			(void)fprintf(f, "\\e");
		else
			(void)fputc(*text, f);
	}
}

static void man_option(FILE *f, const struct ctl_option *o, const char *help)
{
	(void)fprintf(f, ".TP\n.B ");
	if (o->letter)
		(void)fprintf(f, "\\-%c, ", o->letter);
	(void)fprintf(f, "\\-\\-");
	man_text(f, o->name);
	(void)fprintf(f, "%s%s\n", o->arg ? " " : "", o->arg ? o->arg : "");
	man_text(f, help);
	(void)fprintf(f, "\n");
}

/** Indented below their command. */
static void man_command_options(FILE *f, const struct ctl_command *c)
{
	size_t i;

	if (!c->options)
		return;

	(void)fprintf(f, ".RS\n");
	for (i = 0; i < ctl_optionc; i++)
		if (ctl_optionv[i].flag & c->options)
			man_option(f, &ctl_optionv[i], ctl_option_help(&ctl_optionv[i], c));
	(void)fprintf(f, ".RE\n");
}

static void man_command(FILE *f, const struct ctl_command *c)
{
	(void)fprintf(f, ".TP\n.B %s %s\n", c->name, c->args);
	man_text(f, c->help);
	(void)fprintf(f, ".\n");

	if (*c->details) {
		man_text(f, c->details);
		(void)fprintf(f, "\n");
	}

	man_command_options(f, c);
}

void ctl_man(FILE *f)
{
	size_t i;

	(void)fprintf(f, ".\\\" made by tandemctl --man\n.TH TANDEMCTL 1 \"\" \"Tandem %s\"\n",
		      TANDEM_VERSION);
	(void)fprintf(f, ".SH NAME\ntandemctl \\- the operator's view of Tandem\n");
	(void)fprintf(f, ".SH SYNOPSIS\n.B tandemctl\n[OPTION]... COMMAND [ARGUMENT]...\n");
	(void)fprintf(f, ".SH DESCRIPTION\ntandemctl asks and changes a running Tandem by its control "
			 "socket, and reads "
			 "its database.\n");
	(void)fprintf(f, ".SH COMMANDS\n");
	for (i = 0; i < ctl_commandc; i++)
		man_command(f, &ctl_commandv[i]);
	(void)fprintf(f, ".SH OPTIONS\n");
	for (i = 0; i < ctl_optionc; i++)
		if (!ctl_optionv[i].flag)
			man_option(f, &ctl_optionv[i], ctl_optionv[i].help);
	(void)fprintf(f, ".SH EXIT STATUS\n0 fine, 1 failed, 2 wrong usage.\n");
	(void)fprintf(f, ".SH FILES\n.I /etc/tandem/tandem.conf\n.br\n.I /var/lib/tandem/tandem.db\n.br\n"
			 ".I /run/tandem/b2bua.sock\n");
}
