/**
 * @file bencode.h  Bencode and JSON values of the NG protocol: decoded without copying, bounded
 *
 * A document is one array of nodes; strings point into the packet (for JSON: into an unescaped copy
 * owned by the document). Depth, nodes and lengths are bounded, so a hostile packet costs little.
 */
#ifndef TANDEM_BENCODE_H
#define TANDEM_BENCODE_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>

enum { BENCODE_DEPTH_MAX = 16, BENCODE_NODES_MAX = 2048 };

enum bval_type { BVAL_INT, BVAL_STR, BVAL_LIST, BVAL_DICT };

struct bval {
	enum bval_type type;
	struct pl key;            /* set in a dict's entries */
	struct pl str;            /* BVAL_STR */
	int64_t num;              /* BVAL_INT */
	const struct bval *child; /* first entry of a list or dict */
	const struct bval *next;  /* next entry beside this one */
};

/** A decoded document; mem_deref frees it and every bval in it. */
struct bdoc {
	struct bval *nodev;
	size_t nodec;
	char *copy;
	const struct bval *root;
};

/** Decode one bencode value that fills `pl` exactly. EBADMSG (malformed), EOVERFLOW (a limit), ENOMEM. */
int bencode_decode(struct bdoc **docp, const struct pl *pl);
/** The same from JSON text (numbers must be integers; true/false become 1/0, null an empty string). */
int bencode_decode_json(struct bdoc **docp, const struct pl *pl);

/** Look-ups in a dict: NULL / ENOENT / EINVAL (another type) when it is not there. */
const struct bval *bval_get(const struct bval *dict, const char *key);
int bval_str(const struct bval *dict, const char *key, struct pl *str);
int bval_int(const struct bval *dict, const char *key, int64_t *num); /* also takes a decimal string */
/** True if the list at `key` holds the string `word`. */
bool bval_list_has(const struct bval *dict, const char *key, const char *word);

/* Writing. The same calls write either encoding; keys are written in the order given. */
struct bwriter {
	struct mbuf *mb;
	bool json;
	bool comma; /* JSON: a value has been written at this level */
	int err;    /* first error; later calls do nothing */
};
void bwriter_init(struct bwriter *w, struct mbuf *mb, bool json);
void bwrite_dict(struct bwriter *w, const char *key); /* key is NULL inside a list and at the root */
void bwrite_list(struct bwriter *w, const char *key);
void bwrite_end_dict(struct bwriter *w);
void bwrite_end_list(struct bwriter *w);
void bwrite_str(struct bwriter *w, const char *key, const char *str);
void bwrite_pl(struct bwriter *w, const char *key, const struct pl *pl);
void bwrite_int(struct bwriter *w, const char *key, int64_t num);

#endif
