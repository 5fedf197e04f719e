/**
 * @file rate_load.c  What finding a rate costs: by the table alone, and as the engine asks for it beside its loop
 *
 * usage: rate_load DIR TARIFFS LOOKUPS [asked]
 *
 * Numbers and tariffs ("t0", "t1" …) are drawn at random. `asked`: through the rater, one every millisecond; what the
 * timer costs by itself is taken off.
 */
#include <string.h>
#include "charge/rate_table.h"
#include "charge/rater.h"
#include "clock.h"
#include "load.h"

enum { TICK_MS = 1, DIGITS = 100000000 };

struct asking {
	struct rater *rater; /* NULL: the timer alone */
	struct tmr tmr;
	unsigned tariffs, left, under_way;
};

static uint64_t draw_state = 88172645463325252u;

/* xorshift64: the same numbers in each run */
static uint64_t draw(void)
{
	draw_state ^= draw_state << 13;
	draw_state ^= draw_state >> 7;
	draw_state ^= draw_state << 17;

	return draw_state;
}

static void question(char tariff[16], char number[24], unsigned tariffs)
{
	(void)snprintf(tariff, 16, "t%u", (unsigned)(draw() % tariffs));
	(void)snprintf(number, 24, "%08u%04u", (unsigned)(draw() % DIGITS), (unsigned)(draw() % 10000));
}

static void bench_table(const char *dir, unsigned tariffs, unsigned lookups)
{
	char path[1024], errstr[512] = "", tariff[16], number[24];
	struct rate_table *table = NULL;
	struct rating *rating;
	struct db *db = NULL;
	uint64_t start_us;
	unsigned i, found = 0;
	double cpu_us;

	(void)snprintf(path, sizeof(path), "%s/tandem.db", dir);
	load_must(db_open(&db, path, DB_READ, errstr, sizeof(errstr)), path);
	load_must(rate_table_alloc(&table, db), "rate_table_alloc");

	start_us = clock_mono_us();
	cpu_us = load_cpu_us(RUSAGE_THREAD);
	for (i = 0; i < lookups; i++) {
		const char *tariffv[] = {tariff};

		question(tariff, number, tariffs);
		load_must(rate_table_find_all(&rating, table, tariffv, 1, number, clock_wall_us()), "lookup");
		found += rating->found;
		mem_deref(rating);
	}
	load_figure("cpu_us", (load_cpu_us(RUSAGE_THREAD) - cpu_us) / lookups);
	load_figure("wall_us", (double)(clock_mono_us() - start_us) / lookups);
	load_figure("found", found);
	mem_deref(table);
	mem_deref(db);
}

/* ---------------------------------------------------------------- through the rater */

struct ask {
	struct asking *asking;
	struct rater_query *query;
};

static void rated_handler(int err, struct rating *const ratingv[], size_t ratingc, void *arg)
{
	struct ask *ask = arg;

	(void)ratingv;
	(void)ratingc;
	load_must(err, "lookup");
	--ask->asking->under_way;
	mem_deref(ask->query);
	mem_deref(ask);
	if (!ask->asking->left && !ask->asking->under_way)
		re_cancel();
}

static void tick(void *arg)
{
	char tariff[16], number[24];
	struct asking *a = arg;
	struct ask *ask;

	question(tariff, number, a->tariffs);
	if (--a->left)
		tmr_start(&a->tmr, TICK_MS, tick, a);
	else if (!a->rater)
		re_cancel();

	if (a->rater) {
		const char *tariffv[] = {tariff};

		ask = mem_zalloc(sizeof(*ask), NULL);
		ask->asking = a;
		++a->under_way;
		load_must(rater_ask(&ask->query, a->rater, number, tariffv, 1, clock_wall_us(), rated_handler,
				    ask),
			  "rater_ask");
	}
}

static double ticks_cpu_us(struct rater *rater, unsigned tariffs, unsigned lookups)
{
	struct asking a = {.rater = rater, .tariffs = tariffs, .left = lookups};
	const double start_us = load_cpu_us(RUSAGE_SELF);

	tmr_start(&a.tmr, TICK_MS, tick, &a);
	(void)re_main(NULL);

	return (load_cpu_us(RUSAGE_SELF) - start_us) / lookups;
}

static void bench_asked(const char *dir, unsigned tariffs, unsigned lookups)
{
	struct rater *rater = NULL;
	char errstr[512] = "";
	double timer_us;

	load_must(rater_alloc(&rater, dir, NULL, errstr, sizeof(errstr)), dir);
	(void)ticks_cpu_us(rater, tariffs, lookups / 10);
	timer_us = ticks_cpu_us(NULL, tariffs, lookups);
	load_figure("cpu_us", ticks_cpu_us(rater, tariffs, lookups) - timer_us);
	mem_deref(rater);
}

int main(int argc, char *argv[])
{
	unsigned tariffs, lookups;

	if (argc < 4)
		return fprintf(stderr, "usage: rate_load DIR TARIFFS LOOKUPS [asked]\n"), 2;

	tariffs = (unsigned)strtoul(argv[2], NULL, 10);
	lookups = (unsigned)strtoul(argv[3], NULL, 10);
	load_must(libre_init(), "libre_init");
	if (argc > 4)
		bench_asked(argv[1], tariffs, lookups);
	else
		bench_table(argv[1], tariffs, lookups);
	libre_close();

	return 0;
}
