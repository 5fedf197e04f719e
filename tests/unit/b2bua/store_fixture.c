/**
 * @file store_fixture.c  A data folder of one's own, calls to fill it, and questions to its database
 */
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <CUnit/CUnit.h>
#include "clock.h"
#include "store_fixture.h"

void fixture_init(struct fixture *f)
{
	const char *tmp = getenv("TMPDIR");

	memset(f, 0, sizeof(*f));
	(void)re_snprintf(f->dir, sizeof(f->dir), "%s/tandem-store-XXXXXX", tmp ? tmp : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void fixture_close(struct fixture *f)
{
	fixture_stop(f);
	(void)nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int fixture_start(struct fixture *f)
{
	const int err =
		writer_alloc_sized(&f->writer, f->dir, "node-1", FIXTURE_SPOOL, f->errstr, sizeof(f->errstr));

	if (err)
		(void)re_fprintf(stderr, "writer: %s (%m)\n", f->errstr, err);

	return err;
}

void fixture_stop(struct fixture *f)
{
	f->writer = mem_deref(f->writer);
}

static void set(char **field, const char *fmt, unsigned n)
{
	char text[128];

	(void)re_snprintf(text, sizeof(text), fmt, n);
	CU_ASSERT_EQUAL_FATAL(cdr_set_str(field, text), 0);
}

struct cdr *fixture_cdr(unsigned n)
{
	struct cdr *cdr = NULL;

	CU_ASSERT_EQUAL_FATAL(cdr_alloc(&cdr, "node-1"), 0);
	set(&cdr->a_call_id, "3f1c8a90-%u@192.0.2.10", n);
	set(&cdr->src_trunk, "pbx", n);
	set(&cdr->account, n % 2 ? "acme" : "globex", n);
	set(&cdr->caller, "8621%07u", n);
	set(&cdr->callee, n % 3 ? "86138%08u" : "4420%08u", n * 7919 % 100000000);
	set(&cdr->caller_in, "+8621%07u", n);
	set(&cdr->callee_in, "00%u", n);
	set(&cdr->a_src, "udp:192.0.2.10:%u", 1024 + n % 60000);
	set(&cdr->a_user_agent, "Example PBX 4.%u", n % 10);
	cdr->start_us = clock_wall_us();

	return cdr;
}

void fixture_answer(struct cdr *cdr)
{
	cdr->ring_us = cdr->start_us + 250000;
	cdr->answer_us = cdr->start_us + 3000000;
	cdr->pdd_ms = 250;
	cdr->ring_ms = 2750;
	cdr->sip_code = 200;
	set(&cdr->b_call_id, "b-leg-%u", (unsigned)cdr->start_us);
	set(&cdr->dst_trunk, "ims-a", 0);
	set(&cdr->attempts, "[{\"trunk\":\"ims-a\",\"code\":200}]", 0);
	set(&cdr->a_codec, "PCMA/8000", 0);
	set(&cdr->b_codec, "PCMA/8000", 0);
	set(&cdr->b_dst, "udp:198.51.100.7:5060", 0);
}

void fixture_end(struct cdr *cdr, enum cdr_disposition disposition)
{
	cdr->disposition = disposition;
	cdr->end_us = (cdr->answer_us ? cdr->answer_us : cdr->start_us) + 60000000;
	cdr->released_by = CDR_CALLER;
	set(&cdr->release_tag, "bye", 0);
	if (!cdr->answer_us)
		return;

	cdr->duration_ms = 60000;
	cdr->billed_s = 60;
	cdr->price_nano = 300000000;
	cdr->cost_nano = 120000000;
	set(&cdr->currency, "CNY", 0);
	set(&cdr->tariff, "retail", 0);
	set(&cdr->rate, "{\"prefix\":\"86\",\"per_minute\":\"0.30\"}", 0);
	cdr->a = (struct cdr_media){.rx_packets = 3000,
				    .rx_bytes = 516000,
				    .lost = 3,
				    .jitter_us = 1500,
				    .mos_x100 = 430,
				    .mos_min_x100 = 390,
				    .loss_burst_max = 3};
	cdr->b = (struct cdr_media){.rx_packets = 2990,
				    .rx_bytes = 514280,
				    .lost = 13,
				    .jitter_us = 2500,
				    .mos_x100 = 412,
				    .mos_min_x100 = 401,
				    .round_trip_us = 54321,
				    .loss_burst_max = 2};
}

static const char *query(const struct fixture *f, const char *sql, int64_t *number)
{
	static char text[8192];
	struct sqlite3_stmt *stmt = NULL;
	struct db *db = NULL;
	char errstr[256];

	*number = -1;
	text[0] = '\0';

	if (db_open(&db, fixture_path(f, "tandem.db"), DB_READ, errstr, sizeof(errstr)))
		return text;

	if (sqlite3_prepare_v2(db_handle(db), sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		*number = sqlite3_column_int64(stmt, 0);
		if (sqlite3_column_text(stmt, 0))
			str_ncpy(text, (const char *)sqlite3_column_text(stmt, 0), sizeof(text));
	}

	(void)sqlite3_finalize(stmt);
	mem_deref(db);

	return text;
}

int64_t fixture_number(const struct fixture *f, const char *sql)
{
	int64_t number;

	(void)query(f, sql, &number);

	return number;
}

const char *fixture_text(const struct fixture *f, const char *sql)
{
	int64_t number;

	return query(f, sql, &number);
}

int fixture_exec(const struct fixture *f, const char *sql)
{
	struct db *db = NULL;
	char errstr[256];
	int err;

	err = db_open(&db, fixture_path(f, "tandem.db"), DB_WRITE, errstr, sizeof(errstr));
	err = err ? err : db_exec(db, sql);
	mem_deref(db);

	return err;
}

bool fixture_wait(const struct fixture *f, const char *sql, int64_t want)
{
	unsigned i;

	for (i = 0; i < 1000; i++) {
		if (fixture_number(f, sql) == want)
			return true;
		sys_msleep(10);
	}

	return false;
}

const char *fixture_path(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)re_snprintf(path, sizeof(path), "%s/%s", f->dir, name);

	return path;
}
