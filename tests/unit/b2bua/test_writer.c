/**
 * @file test_writer.c  What is handed to the writer becomes exactly one row, whatever dies
 */
#include "chain.h"
#include "store_fixture.h"
#include "unit.h"

static void run_call(struct fixture *f, struct cdr *cdr, bool answered)
{
	CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
	if (answered) {
		fixture_answer(cdr);
		CU_ASSERT_EQUAL(writer_call_answer(f->writer, cdr), 0);
	}
	fixture_end(cdr, answered ? CDR_ANSWERED : CDR_BUSY);
	CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
}

static void test_call_leaves_row_and_events(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);

	cdr = fixture_cdr(1);
	run_call(&f, cdr, true);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", 1));
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT cdr_id FROM cdr"), cdr->cdr_id);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT group_concat(kind, ' ') FROM event"),
			       "CALL_START CALL_ANSWER CALL_END");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM open_call"), 0);

	mem_deref(cdr);
	fixture_close(&f);
}

static void test_every_column_is_stored(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);

	cdr = fixture_cdr(1);
	run_call(&f, cdr, true);
	fixture_stop(&f);

	CU_ASSERT_STRING_EQUAL(
		fixture_text(&f, "SELECT seq || caller || a_call_id || dst_trunk || duration_ms || disposition || "
				 "released_by || price_nano || a_mos_x100 || b_jitter_us || recovered FROM cdr"),
		"186210000001"
		"3f1c8a90-1@192.0.2.10"
		"ims-a60000answeredcaller30000000043025000");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT q850_cause IS NULL AND icid IS NULL FROM cdr"), 1);

	mem_deref(cdr);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a call leaves one row and its events", test_call_leaves_row_and_events},
	{"every column is stored, 0 and -1 as NULL where the record says so", test_every_column_is_stored},
	{NULL, NULL},
};

const struct unit_suite writer_suite = {"writer", testv};
