/**
 * @file unblock.c  An account's dear calls pass again
 */
#include <re.h>
#include "json.h"
#include "log.h"
#include "wheel.h"
#include "charge/book.h"
#include "charge/habit.h"
#include "core.h"

enum { HASH_SIZE = 4, DETAIL_SIZE = 128 };

static int tell(struct engine *e, const char *account)
{
	struct mbuf *mb = mbuf_alloc(DETAIL_SIZE);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_write_str(mb, "{\"account\":");
	err |= json_write_str(mb, account, str_len(account));
	err |= mbuf_write_mem(mb, (const uint8_t *)"}", 2);
	err = err ? err : writer_event(e->writer, "FRAUD_CLEARED", NULL, (const char *)mb->buf);
	mem_deref(mb);

	return err;
}

void method_unblock(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *account = odict_string(params, "account");
	const struct book_account *ba = book_account(e->book, account);
	struct odict *result = NULL;
	bool unblocked;
	int err;

	if (!ba) {
		control_error(req, account ? CONTROL_NOT_FOUND : CONTROL_INVALID_PARAMS,
			      account ? "there is no such account; \"export\" lists them"
				      : "\"account\" is missing; give its name");
		return;
	}

	unblocked = habit_unblock(book_habit(ba), clock_mono_ms());
	err = unblocked ? tell(e, account) : 0;
	if (err)
		log_error("account: event FRAUD_CLEARED is lost: %m; after a restart it is blocked as before",
			  err);

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_entry_add(result, "account", ODICT_STRING, account);
	err = err ? err : odict_entry_add(result, "unblocked", ODICT_BOOL, unblocked);

	method_reply(req, err, result);
}
