/**
 * @file test_csv.c  Rows of comma-separated values
 */
#include <errno.h>
#include <string.h>
#include "csv.h"
#include "unit.h"

enum { TEXT_SIZE = 1024 };

/* All rows as "[a][b]" lines with their numbers, or the complaint behind "!". */
static void rows_read(char out[TEXT_SIZE], const char *in, char delimiter)
{
	struct pl fieldv[CSV_FIELDS_MAX];
	const char *complaint = "?";
	char text[TEXT_SIZE];
	struct csv csv;
	size_t fieldc, i;
	int n = 0, err;

	str_ncpy(text, in, sizeof(text));
	csv_init(&csv, text, strlen(text), delimiter);
	out[0] = '\0';
	while (!(err = csv_next(&csv, fieldv, &fieldc, &complaint))) {
		n += re_snprintf(out + n, TEXT_SIZE - (size_t)n, "%zu:", csv.row);
		for (i = 0; i < fieldc; i++)
			n += re_snprintf(out + n, TEXT_SIZE - (size_t)n, "[%r]", &fieldv[i]);
		n += re_snprintf(out + n, TEXT_SIZE - (size_t)n, "\n");
	}

	CU_ASSERT(err == ENODATA || err == EBADMSG);
	if (err == EBADMSG)
		(void)re_snprintf(out + n, TEXT_SIZE - (size_t)n, "%zu!%s", csv.row, complaint);
}

static void test_rows(void)
{
	static const struct {
		const char *in;
		char delimiter;
		const char *out;
	} v[] = {
		{"", ',', ""},
		{"\n\r\n\n", ',', ""},
		{"a,b\nc,d\n", ',', "1:[a][b]\n2:[c][d]\n"},
		{"a,b\r\nc,d", ',', "1:[a][b]\n2:[c][d]\n"},
		{"a\n\nb\n", ',', "1:[a]\n3:[b]\n"},
		{"\xef\xbb\xbf\"a\",b\n", ',', "1:[a][b]\n"},
		{",\n,,\n", ',', "1:[][]\n2:[][][]\n"},
		{"a;b,c;d", ';', "1:[a][b,c][d]\n"},
		{"a\tb", '\t', "1:[a][b]\n"},
		{"\"a,b\",\"c\"\"d\",\"\"\n", ',', "1:[a,b][c\"d][]\n"},
		{"\"a\nb\r\nc\",d\ne\n", ',', "1:[a\nb\r\nc][d]\n2:[e]\n"},
		{"\"\"\"\"", ',', "1:[\"]\n"},
		{" a , b \n", ',', "1:[ a ][ b ]\n"},
		{"a\rb\n", ',', "1:[a\rb]\n"},
		{"a\n\"b", ',', "1:[a]\n2!has a quote that does not end"},
		{"\"", ',', "1!has a quote that does not end"},
		{"\"a\"\"", ',', "1!has a quote that does not end"},
		{"\"a\"b\n", ',', "1!has text behind a quoted field; a delimiter must follow"},
		{"\"a\"\r", ',', "1!has text behind a quoted field; a delimiter must follow"},
		{"a,b\"c\n", ',',
		 "1!has a quote inside a field that does not begin with one; double it, and put the field in "
		 "quotes"},
	};
	char out[TEXT_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		rows_read(out, v[i].in, v[i].delimiter);
		CU_ASSERT_STRING_EQUAL(out, v[i].out);
		if (strcmp(out, v[i].out) != 0)
			(void)re_fprintf(stderr, "%s\n got  %s\n want %s\n", v[i].in, out, v[i].out);
	}
}

static void test_too_many(void)
{
	char text[2 * CSV_FIELDS_MAX + 2];
	struct pl fieldv[CSV_FIELDS_MAX];
	const char *complaint = NULL;
	struct csv csv;
	size_t fieldc;

	memset(text, ',', sizeof(text));
	csv_init(&csv, text, CSV_FIELDS_MAX - 1, ',');
	CU_ASSERT_EQUAL(csv_next(&csv, fieldv, &fieldc, &complaint), 0);
	CU_ASSERT_EQUAL(fieldc, CSV_FIELDS_MAX);
	csv_init(&csv, text, CSV_FIELDS_MAX, ',');
	CU_ASSERT_EQUAL(csv_next(&csv, fieldv, &fieldc, &complaint), EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(complaint);
}

static void test_written(void)
{
	static const struct {
		const char *field, *out;
	} v[] = {{"", ""},
		 {"a b", "a b"},
		 {"a,b", "\"a,b\""},
		 {"a\"b", "\"a\"\"b\""},
		 {"a\nb", "\"a\nb\""},
		 {"a\rb", "\"a\rb\""},
		 {"a;b", "a;b"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(8);
		struct pl pl;

		pl_set_str(&pl, v[i].field);
		CU_ASSERT_EQUAL(csv_write(mb, &pl, ','), 0);
		CU_ASSERT_EQUAL(mb->end, strlen(v[i].out));
		CU_ASSERT_FALSE(memcmp(mb->buf, v[i].out, mb->end));
		mem_deref(mb);
	}
}

static const struct unit_test testv[] = {
	{"rows and quotes are read as RFC 4180 has them, with any delimiter and line's end", test_rows},
	{"more columns than there may be are refused", test_too_many},
	{"a field is quoted where it must be", test_written},
	{NULL, NULL},
};

const struct unit_suite csv_suite = {"csv", testv};
