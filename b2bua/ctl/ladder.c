/**
 * @file ladder.c  A call's messages as a ladder: caller, Tandem, callee
 *
 *              caller 192.0.2.1:5060         Tandem
 *     0.000 s │────── INVITE (PCMA) ───────►│                             │  1 INVITE
 *                                                                         b1 192.0.2.9:5060
 *     0.001 s │                             │─────── INVITE (PCMA) ──────►│  70 INVITE
 *
 * A rung is what a message says; the leg it belongs to is left ("a") or right ("b1", "b2", one an attempt).
 */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "escape.h"
#include "human.h"
#include "rpc.h"
#include "show.h"
#include "table.h"

enum { RUNG_WIDTH = 34, RUNG_SIZE = 128, LABEL_SIZE = 96, TIME_WIDTH = 11 };

/** What a ladder is drawn with. */
struct pencil {
	const char *pole, *dash, *left, *right;
};

static const struct pencil pencil_utf8 = {"│", "─", "◄", "►"};
static const struct pencil pencil_ascii = {"|", "-", "<", ">"};

struct ladder {
	const struct pencil *pencil;
	int64_t start_us;
	char leg[16]; /* the right one that was shown last */
	bool titled;
};

static const char *text_of(const struct odict *o, const char *key)
{
	const char *str = odict_string(o, key);

	return str ? str : "";
}

static int64_t number_of(const struct odict *o, const char *key)
{
	uint64_t n = 0;

	(void)odict_get_number(o, &n, key);

	return (int64_t)n;
}

static bool truth_of(const struct odict *o, const char *key)
{
	bool value = false;

	(void)odict_get_boolean(o, &value, key);

	return value;
}

/** The locale of the user, not the one that main.c chose for measuring text. */
static bool locale_is_utf8(void)
{
	bool utf8;

	(void)setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	(void)setlocale(LC_CTYPE, "C.UTF-8");

	return utf8;
}

static void repeat(const char *str, size_t n)
{
	while (n--)
		(void)fputs(str, stdout);
}

/** "INVITE (PCMA)", "200 OK (PCMA, held)", made safe for the terminal. */
static void rung_label(char *label, size_t size, const struct odict *m)
{
	const char *codec = text_of(m, "codec"), *method = text_of(m, "method");
	char text[RUNG_SIZE], sdp[LABEL_SIZE] = "";

	if (*codec)
		(void)re_snprintf(sdp, sizeof(sdp), " (%s%s)", codec, truth_of(m, "held") ? ", held" : "");

	if (*method)
		(void)re_snprintf(text, sizeof(text), "%s%s", method, sdp);
	else if (odict_lookup(m, "code"))
		(void)re_snprintf(text, sizeof(text), "%lld %s%s", (long long)number_of(m, "code"),
				  text_of(m, "reason"), sdp);
	else
		str_ncpy(text, "(cannot be read)", sizeof(text));

	(void)escape_text(label, size, text, strlen(text));
}

/** Cut to so many columns, between two characters. */
static void label_fit(char *label, size_t columns)
{
	size_t len = strlen(label);

	while (len && text_width(label) > columns) {
		do
			--len;
		while (len && ((unsigned char)label[len] & 0xc0) == 0x80);
		label[len] = '\0';
	}
}

static void rung_print(const struct pencil *p, const char *label, bool rightwards)
{
	const size_t dashes = RUNG_WIDTH - 4 - text_width(label), before = dashes / 2;

	(void)fputs(rightwards ? p->dash : p->left, stdout);
	repeat(p->dash, before);
	(void)fputc(' ', stdout);
	(void)fputs(label, stdout);
	(void)fputc(' ', stdout);
	repeat(p->dash, dashes - before);
	(void)fputs(rightwards ? p->right : p->dash, stdout);
}

static void poles_print(const struct pencil *p, const char *label, bool left, bool rightwards)
{
	(void)fputs(p->pole, stdout);
	if (left)
		rung_print(p, label, rightwards);
	else
		repeat(" ", RUNG_WIDTH);
	(void)fputs(p->pole, stdout);
	if (left)
		repeat(" ", RUNG_WIDTH);
	else
		rung_print(p, label, rightwards);
	(void)fputs(p->pole, stdout);
}

static void column_print(const char *text)
{
	const size_t width = text_width(text);

	(void)fputs(text, stdout);
	repeat(" ", width <= RUNG_WIDTH ? RUNG_WIDTH + 1 - width : 1);
}

/** Who stands at the poles: the caller and we at first, then each callee. */
static void titles_print(const struct odict *m, bool left)
{
	const char *addr = text_of(m, truth_of(m, "sent") ? "to" : "from");
	char text[LABEL_SIZE], peer[LABEL_SIZE];

	(void)re_snprintf(text, sizeof(text), "%s %s", left ? "caller" : text_of(m, "leg"), addr);
	(void)escape_text(peer, sizeof(peer), text, strlen(text));

	(void)printf("%*s", TIME_WIDTH, "");
	column_print(left ? peer : "");
	if (left) {
		(void)printf("Tandem\n");
		return;
	}
	column_print("");
	(void)printf("%s\n", peer);
}

static void message_print(struct ladder *l, const struct odict *m)
{
	const char *leg = text_of(m, "leg");
	const bool left = !strcmp(leg, "a"), sent = truth_of(m, "sent");
	char label[RUNG_SIZE];

	if (!l->titled || (!left && strcmp(leg, l->leg)))
		titles_print(m, left);
	l->titled = true;
	if (!left)
		str_ncpy(l->leg, leg, sizeof(l->leg));

	rung_label(label, sizeof(label), m);
	label_fit(label, RUNG_WIDTH - 6);
	(void)printf("%*.3f s ", TIME_WIDTH - 3, (double)(number_of(m, "time_us") - l->start_us) / 1e6);
	poles_print(l->pencil, label, left, left ? !sent : sent);
	(void)escape_text(label, sizeof(label), text_of(m, "cseq_method"), strlen(text_of(m, "cseq_method")));
	(void)printf("  %lld %s\n", (long long)number_of(m, "cseq"), label);
}

static int ladder_print(const struct odict *messages, const struct ctl *ctl)
{
	struct ladder l = {.pencil = ctl->given & CTL_ASCII || !locale_is_utf8() ? &pencil_ascii
										 : &pencil_utf8};
	const struct le *le;

	for (le = messages->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		if (e->type != ODICT_OBJECT)
			continue;

		if (!l.titled) {
			char when[HUMAN_SIZE];

			l.start_us = number_of(e->u.odict, "time_us");
			human_number(when, "time_us", l.start_us);
			(void)printf("%s\n", when);
		}
		message_print(&l, e->u.odict);
	}

	return CTL_OK;
}

int ctl_ladder(const struct ctl *ctl)
{
	const struct odict_entry *messages;
	struct odict *result = NULL;
	int code;

	if (ctl->pcap)
		return ctl_ladder_pcap(ctl);

	code = rpc_ask(&result, ctl, "ladder", "id", ctl->argv[0]);
	if (code)
		return code;

	messages = odict_lookup(result, "messages");

	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (messages && messages->type == ODICT_ARRAY)
		code = ladder_print(messages->u.odict, ctl);
	else
		code = ctl_error("the daemon answered something else; is it of this version?");

	mem_deref(result);

	return code;
}
