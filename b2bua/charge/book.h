/**
 * @file book.h  What every account has, in memory: the loop's own, ahead of the database by what the spool holds
 *
 * An account's purse may spend its balance and its credit, and no more than `max_spend_day` for the
 * calls that begin on one day (UTC); a postpaid account without a credit limit may spend without end. Balances begin
 * as the model has them, and change by what calls cost and by what operators book.
 */
#ifndef TANDEM_BOOK_H
#define TANDEM_BOOK_H

#include "purse.h"

struct book;
struct book_account;
struct habit;
struct model;

int book_alloc(struct book **bp);

/**
 * Follow the provisioned accounts: new ones begin with the balance they were given, of others the credit is
 * taken; those that are gone are forgotten with their last call.
 */
int book_follow(struct book *b, const struct model *m, uint64_t now_ms);

/** NULL: no such account. Good while a hold of its purse is, and until the next book_follow(). */
struct book_account *book_account(const struct book *b, const char *name);

/** What crossed a threshold of an account. */
enum book_news {
	BOOK_LOW,       /* less than `low_balance` is left */
	BOOK_RECOVERED, /* no longer */
};
typedef void(book_news_h)(enum book_news news, const char *account, int64_t balance_nano, void *arg);

/** Who is told, from now on, and of what happened since the state that book_load() read. */
void book_news_handler(struct book *b, book_news_h *h, void *arg);

/** At start: what calls of today have cost already, and whose balance was low when that was last told. */
int book_load(struct book *b, const char *data_dir, int64_t now_us, char *errstr, size_t errsize);

/** What calls of today have cost already. */
void book_spent_set(struct book *b, const char *name, int64_t nano, int64_t now_us);

/** Its balance was low already; that was told. */
void book_low_set(struct book *b, const char *name);

/**
 * A call of the account begins: what it may spend today is brought up to date. EAGAIN: it has had its calls of this
 * second.
 */
int book_call_begin(struct book_account *ba, int64_t now_us, uint64_t now_ms);

/** What may be spent today is brought up to date; while a call goes on as well, for it may outlast its day. */
void book_day_turn(struct book_account *ba, int64_t now_us, uint64_t now_ms);

/** It is `max_spend_day` that is used up before the money is. */
bool book_day_binds(const struct book_account *ba);

struct habit *book_habit(const struct book_account *ba);

struct purse *book_purse(const struct book_account *ba);

/** Settled money: what calls under way have set aside is still in it. */
int64_t book_balance(const struct book_account *ba);

/** An operator's entry is in the ledger: a top-up, a refund; below zero, a correction. */
void book_add(struct book *b, const char *name, int64_t nano, uint64_t now_ms);

/** The price of a call that began then; it has left the purse already. */
void book_charge(struct book *b, const char *name, int64_t nano, int64_t start_us, uint64_t now_ms);

#endif
