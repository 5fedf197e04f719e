/**
 * @file daemon_help.c  --help and --man of every daemon, from the rows of its options and of tandem.conf
 */
#include <errno.h>
#include <stdio.h>
#include "config_key.h"
#include "daemon_help.h"

static const struct {
	const char *name;
	const char *arg;
	const char *help;
} optionv[] = {
	{"config", "FILE", "read FILE (default: built-in defaults, data in ./data)"},
	{"set", "KEY=VALUE", "set one key of the configuration, over the file"},
	{"check", "", "say what is wrong with the configuration, and exit"},
	{"version", "", "print the version, and exit"},
	{"help", "", "print this, and exit"},
	{"man", "", "print the manual page, and exit"},
};

static int print_stdout(const char *p, size_t size, void *arg)
{
	return fwrite(p, 1, size, stdout) == size ? 0 : EIO;
}

static void option_print(const char *name, const char *arg, const char *help)
{
	char text[64];

	(void)re_snprintf(text, sizeof(text), "%s%s%s", name, arg[0] ? " " : "", arg);
	(void)printf("  --%-15s %s\n", text, help);
}

void daemon_help(const struct daemon *d)
{
	struct re_printf pf = {print_stdout, NULL};
	size_t i;

	(void)printf("Usage: %s [--config FILE] [--set KEY=VALUE]... [--check]\n\n%s\n\n", d->name,
		     d->purpose);
	for (i = 0; i < ARRAY_SIZE(optionv); i++)
		option_print(optionv[i].name, optionv[i].arg, optionv[i].help);
	if (d->flag)
		option_print(d->flag->name, "", d->flag->help);

	(void)printf("\nKeys of the configuration:\n");
	(void)config_help(&pf, NULL);
	(void)printf("\nExit status: 0 fine, 1 failed, 2 usage. See docs/operations.md.\n");
}

/* A hyphen to be typed is "\-" in roff, and a backslash is never meant as one. */
static void man_text(const char *text)
{
	for (; *text; text++)
		(void)printf(*text == '-' ? "\\-" : *text == '\\' ? "\\e" : "%c", *text);
}

static void man_option(const char *name, const char *arg, const char *help)
{
	(void)printf(".TP\n.B \\-\\-");
	man_text(name);
	(void)printf(" %s\n", arg);
	man_text(help);
	(void)printf("\n");
}

static void man_key(const struct config_key *key)
{
	(void)printf(".TP\n.BI %s \" %s\"\n", key->name, config_type_name(key->type));
	man_text(key->help);
	if (key->def[0]) {
		(void)printf(" (default: ");
		man_text(key->def);
		(void)printf(")");
	}
	(void)printf("\n");
}

void daemon_man(const struct daemon *d)
{
	size_t i;

	(void)printf(".\\\" made by %s --man\n.TH %s 8 \"\" \"Tandem %s\"\n.SH NAME\n", d->name, d->name,
		     TANDEM_VERSION);
	man_text(d->name);
	(void)printf(" \\- a daemon of Tandem, a SIP switch\n.SH SYNOPSIS\n.B ");
	man_text(d->name);
	(void)printf("\n[\\-\\-config FILE] [\\-\\-set KEY=VALUE]... [\\-\\-check]\n.SH DESCRIPTION\n");
	man_text(d->purpose);

	(void)printf("\n.SH OPTIONS\n");
	for (i = 0; i < ARRAY_SIZE(optionv); i++)
		man_option(optionv[i].name, optionv[i].arg, optionv[i].help);
	if (d->flag)
		man_option(d->flag->name, "", d->flag->help);

	(void)printf(".SH CONFIGURATION\nOne key and value a line; # begins a comment.\n");
	for (i = 0; i < config_keyc; i++)
		man_key(&config_keyv[i]);

	(void)printf(".SH EXIT STATUS\n0 fine, 1 failed, 2 wrong usage.\n.SH SEE ALSO\n.BR tandemctl (1)\n");
}
