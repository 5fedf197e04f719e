/**
 * @file config_key.h  The keys of tandem.conf as a table: name, type, default, limits, help
 */
#ifndef TANDEM_CONFIG_KEY_H
#define TANDEM_CONFIG_KEY_H

#include <stddef.h>
#include <stdint.h>
#include <re.h>
#include "config.h"

/* Texts, each a mem string of its own, stand before numbers. */
enum config_type {
	CONFIG_TEXT,      /* any plain text */
	CONFIG_PATH,      /* the same, not empty */
	CONFIG_LISTEN,    /* ADDR:PORT; empty where the default is */
	CONFIG_LOCAL,     /* the same, without wildcards: peers are told this address */
	CONFIG_SERVERS,   /* name servers, ADDR[:PORT],… */
	CONFIG_NETWORKS,  /* addresses and networks, ADDR[/BITS],… */
	CONFIG_TARGET,    /* a list as ng_target.h reads it, or empty */
	CONFIG_PORT_EVEN, /* uint16_t, min to max */
	CONFIG_PORT_ODD,
	CONFIG_NUMBER, /* uint32_t, min to max */
	CONFIG_LEVEL,  /* enum log_level */
	CONFIG_FORMAT, /* enum log_format */
};

struct config_key {
	const char *name;
	enum config_type type;
	size_t offset;   /* in struct config */
	const char *def; /* as written in the file */
	uint32_t min, max;
	const char *help;
};

/** Where a mistake is: in a file's line, or in an option when `file` is NULL. Counts them, too. */
struct config_place {
	const char *file;
	uint32_t line;
	struct re_printf *pf;
	uint32_t mistakes;
};

extern const struct config_key config_keyv[];
extern const size_t config_keyc;

/** The row for a name, or NULL. */
const struct config_key *config_key_find(const struct pl *name);

/** Say what is wrong and what to do, in libre's format; returns EINVAL. */
int config_mistake(struct config_place *at, const char *fmt, ...);

/** Say that a key is unknown and which known one is nearest; returns EINVAL. */
int config_key_unknown(struct config_place *at, const struct pl *name);

/** Check a value and store it. EINVAL (said at `at`) or ENOMEM. */
int config_key_set(struct config *cfg, const struct config_key *key, const struct pl *value,
		   struct config_place *at);

/** Give back what was stored. */
void config_key_reset(struct config *cfg, const struct config_key *key);

/** How a type is written: "ADDR:PORT", "NUMBER", … */
const char *config_type_name(enum config_type type);

#endif
