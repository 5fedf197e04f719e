/**
 * @file store.h  Reads the provisioned objects, applies changes all or nothing, exports them
 */
#ifndef TANDEM_STORE_H
#define TANDEM_STORE_H

#include <re.h>
#include "model.h"
#include "writer.h"

struct store;
struct background; /* background.h */
struct kind;       /* kind.h */

/**
 * Read the model from the database the writer has opened; on an empty one, make interface `access`
 * listening on `sip_listen` (ADDR:PORT) by UDP and TCP with that address for media.
 */
int store_alloc(struct store **sp, struct writer *w, const char *data_dir, const char *sip_listen,
		char *errstr, size_t errsize);

/** The interface that an empty database began with could be bound: write it there. */
int store_keep_first(struct store *s);

/** The model in force. Hold it with mem_ref for as long as pointers into it are kept. */
struct model *store_model(const struct store *s);

/**
 * The engine's say before a new model is stored: bind what is new. On an error nothing is stored;
 * the message goes into errstr, the JSON path of the culprit in front ("interfaces[1].listen[0]: …").
 * When `commit` is true the new model is in force: drop what is old. When `abort` is true the new model
 * was not stored: undo what `prepare` did.
 */
enum store_step { STORE_PREPARE, STORE_COMMIT, STORE_ABORT };
typedef int(store_change_h)(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg);
void store_change_handler(struct store *s, store_change_h *h, void *arg);

/**
 * Apply provisioning JSON, which must not be changed meanwhile. `doneh` runs once, later: err 0 and `result` (an
 * odict: "changes": array of strings like "trunk ims-a: created"), or an errno and in `errstr` one
 * line "JSON.path: what is wrong; remedy".
 */
typedef void(store_apply_h)(int err, const char *errstr, struct odict *result, void *arg);
int store_apply(struct store *s, const struct odict *json, bool prune, bool dry_run, store_apply_h *doneh,
		void *arg);

/**
 * What `apply` takes, with every field, as JSON text in one line; of `only` one kind, NULL: all. `doneh` runs later, once; the text is
 * its own until it returns.
 */
typedef void(store_export_h)(int err, struct mbuf *json, void *arg);
int store_export(struct store *s, const struct kind *only, store_export_h *doneh, void *arg);

/** The thread beside the loop that large texts are handled on. */
struct background *store_background(const struct store *s);

#endif
