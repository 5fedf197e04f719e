/**
 * @file config.c  tandem.conf: reading, checking, completing
 *
 * One `key value` a line; `#` begins a comment; a value with spaces stands in double quotes.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "config.h"
#include "config_key.h"

enum { CONFIG_SIZE_MAX = 65536, CONFIG_KEYS_MAX = 64 };

/* A file being read. */
struct reader {
	struct config *cfg;
	struct config_place at;
	uint32_t linev[CONFIG_KEYS_MAX]; /* where each key was set; 0: not yet */
};

static void config_destructor(void *data)
{
	struct config *cfg = data;

	for (size_t i = 0; i < config_keyc; i++)
		config_key_reset(cfg, &config_keyv[i]);
}

static int config_alloc(struct config **cfgp)
{
	struct config_place at = {.file = "default"};
	struct config *cfg;
	int err = 0;
	size_t i;

	cfg = mem_zalloc(sizeof(*cfg), config_destructor);
	if (!cfg)
		return ENOMEM;

	for (i = 0; i < config_keyc && !err; i++) {

		struct pl def;

		pl_set_str(&def, config_keyv[i].def);
		err = config_key_set(cfg, &config_keyv[i], &def, &at);
	}

	if (err)
		mem_deref(cfg);
	else
		*cfgp = cfg;

	return err;
}

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

static void skip_blanks(struct pl *pl)
{
	while (pl->l && is_blank(*pl->p))
		pl_advance(pl, 1);
}

/* Take the text up to the next blank. */
static void take_word(struct pl *word, struct pl *line)
{
	word->p = line->p;
	word->l = 0;

	while (word->l < line->l && !is_blank(line->p[word->l]))
		++word->l;

	pl_advance(line, (ssize_t)word->l);
}

/* Take the text between double quotes; false when the second is missing. */
static bool take_quoted(struct pl *value, struct pl *line)
{
	const char *end;

	pl_advance(line, 1);
	end = pl_strchr(line, '"');
	if (!end)
		return false;

	value->p = line->p;
	value->l = (size_t)(end - line->p);
	pl_advance(line, (ssize_t)value->l + 1);

	return true;
}

static int take_value(struct pl *value, struct pl *line, struct config_place *at)
{
	skip_blanks(line);
	if (!line->l || line->p[0] == '#')
		return config_mistake(at, "a key without a value; write \"\" for an empty one");

	if (line->p[0] != '"')
		take_word(value, line);
	else if (!take_quoted(value, line))
		return config_mistake(at, "a quote is not closed; end the value with \"");

	skip_blanks(line);
	if (line->l && line->p[0] != '#')
		return config_mistake(at, "text after the value; put a value with spaces in quotes");

	return 0;
}

static int reader_set(struct reader *rd, const struct pl *name, const struct pl *value)
{
	const struct config_key *key = config_key_find(name);
	uint32_t *line;

	if (!key)
		return config_key_unknown(&rd->at, name);

	line = &rd->linev[key - config_keyv];
	if (*line)
		return config_mistake(&rd->at, "%s is set in line %u already; keep one of the two", key->name,
				      *line);

	*line = rd->at.line;

	return config_key_set(rd->cfg, key, value, &rd->at);
}

/* Mistakes are counted in rd->at; what is returned stops the reading. */
static int reader_line(struct reader *rd, struct pl line)
{
	struct pl name, value;
	int err;

	skip_blanks(&line);
	if (!line.l || line.p[0] == '#')
		return 0;

	take_word(&name, &line);
	err = take_value(&value, &line, &rd->at);
	if (!err)
		err = reader_set(rd, &name, &value);

	return err == ENOMEM ? err : 0;
}

/* What no single key can tell. */
static const char *ports_fault(const struct config *cfg)
{
	if (cfg->rtp_port_min < cfg->rtp_port_max)
		return NULL;

	return "rtp_port_max lies below rtp_port_min; give a range of ports";
}

static const char *tls_fault(const struct config *cfg)
{
	if (str_isset(cfg->tls_cert) == str_isset(cfg->tls_key))
		return NULL;

	return "tls_cert and tls_key belong together; give both or neither";
}

static uint32_t reader_line_of(const struct reader *rd, const char *name)
{
	struct pl pl;

	pl_set_str(&pl, name);

	return rd->linev[config_key_find(&pl) - config_keyv];
}

/* A fault between two keys is said at the first of them that the file sets. */
static void reader_fault(struct reader *rd, const char *fault, const char *key, const char *other)
{
	if (!fault)
		return;

	rd->at.line = reader_line_of(rd, key);
	if (!rd->at.line)
		rd->at.line = reader_line_of(rd, other);

	(void)config_mistake(&rd->at, "%s", fault);
}

static void reader_check(struct reader *rd)
{
	reader_fault(rd, ports_fault(rd->cfg), "rtp_port_max", "rtp_port_min");
	reader_fault(rd, tls_fault(rd->cfg), "tls_key", "tls_cert");
}

static int reader_run(struct reader *rd, const char *text, size_t len)
{
	size_t pos = 0;
	int err = 0;

	if (len > CONFIG_SIZE_MAX)
		return config_mistake(&rd->at, "longer than %u bytes; this is no tandem.conf",
				      CONFIG_SIZE_MAX);

	while (pos < len && !err) {

		const char *end = memchr(text + pos, '\n', len - pos);
		const struct pl line = {text + pos, end ? (size_t)(end - text) - pos : len - pos};

		++rd->at.line;
		err = reader_line(rd, line);
		pos += line.l + 1;
	}

	if (err)
		return err;

	reader_check(rd);

	return rd->at.mistakes ? EINVAL : 0;
}

int config_parse(struct config **cfgp, const char *name, const char *text, size_t len, struct re_printf *pf)
{
	struct reader rd = {.at = {.file = name, .pf = pf}};
	int err;

	if (!cfgp || !name || (!text && len))
		return EINVAL;

	err = config_alloc(&rd.cfg);
	if (err)
		return err;

	err = reader_run(&rd, text, len);
	if (err)
		mem_deref(rd.cfg);
	else
		*cfgp = rd.cfg;

	return err;
}

static int file_load(char **textp, size_t *len, const char *file)
{
	char *text;
	int err = 0;
	FILE *f;

	f = fopen(file, "re");
	if (!f)
		return errno;

	text = mem_alloc(CONFIG_SIZE_MAX + 1, NULL);
	if (!text) {
		err = ENOMEM;
		goto out;
	}

	*len = fread(text, 1, CONFIG_SIZE_MAX + 1, f);
	if (ferror(f))
		err = errno ? errno : EIO;

out:
	if (err)
		mem_deref(text);
	else
		*textp = text;
	(void)fclose(f);

	return err;
}

int config_read(struct config **cfgp, const char *file, struct re_printf *pf)
{
	char *text = NULL;
	size_t len = 0;
	int err;

	if (!file)
		return config_parse(cfgp, "default", NULL, 0, pf);

	err = file_load(&text, &len, file);
	if (err) {
		(void)re_hprintf(pf, "%s: cannot be read: %m; check the path and its permissions\n", file,
				 err);
		return err == ENOENT || err == ENOMEM ? err : EINVAL;
	}

	err = config_parse(cfgp, file, text, len, pf);
	mem_deref(text);

	return err;
}

int config_set(struct config *cfg, const char *key, const char *value, struct re_printf *pf)
{
	struct config_place at = {.pf = pf};
	const struct config_key *row;
	struct pl name, text;

	if (!cfg || !key || !value)
		return EINVAL;

	pl_set_str(&name, key);
	pl_set_str(&text, value);

	row = config_key_find(&name);
	if (!row)
		return config_key_unknown(&at, &name);

	return config_key_set(cfg, row, &text, &at);
}

/* Fill a path left unset from the folder it lies in. */
static int path_derive(char **path, const char *dir, const char *name)
{
	if (str_isset(*path))
		return 0;

	*path = mem_deref(*path);

	return re_sdprintf(path, "%s/%s", dir, name);
}

static int node_derive(char **node)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (str_isset(*node))
		return 0;

	if (gethostname(name, sizeof(name) - 1) || !name[0])
		(void)str_ncpy(name, "localhost", sizeof(name));

	*node = mem_deref(*node);

	return str_dup(node, name);
}

int config_complete(struct config *cfg)
{
	const char *fault;
	int err;

	if (!cfg)
		return EINVAL;

	fault = ports_fault(cfg);
	if (!fault)
		fault = tls_fault(cfg);
	if (fault) {
		log_error("configuration: %s", fault);
		return EINVAL;
	}

	err = path_derive(&cfg->run_dir, cfg->data_dir, "run");
	err |= path_derive(&cfg->control_socket, cfg->run_dir, "b2bua.sock");
	err |= path_derive(&cfg->ng_socket, cfg->run_dir, "rtprelay.sock");
	err |= node_derive(&cfg->node);

	return err;
}

int config_help(struct re_printf *pf, void *unused)
{
	int err = 0;
	size_t i;

	(void)unused;

	for (i = 0; i < config_keyc && !err; i++) {

		const struct config_key *key = &config_keyv[i];

		err = re_hprintf(pf, "  %-22s %-14s %s (%s)\n", key->name, config_type_name(key->type),
				 key->help, key->def[0] ? key->def : "\"\"");
	}

	return err;
}
