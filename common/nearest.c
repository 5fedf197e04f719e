/**
 * @file nearest.c  Finds which known name a mistyped one was meant to be
 */
#include <string.h>
#include <re.h>
#include "nearest.h"

enum { NAME_MAX_LEN = 32, SHORT_LEN = 4 };

/** Letters to insert, delete or change to turn one name into the other (Levenshtein), one row at a time. */
static size_t distance(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t row[NAME_MAX_LEN + 1];
	size_t i, j;

	for (j = 0; j <= blen; j++)
		row[j] = j;

	for (i = 1; i <= alen; i++) {

		size_t diagonal = row[0];

		row[0] = i;

		for (j = 1; j <= blen; j++) {

			const size_t above = row[j];
			const size_t change = diagonal + (a[i - 1] != b[j - 1]);
			const size_t step = min(above, row[j - 1]) + 1;

			row[j] = min(change, step);
			diagonal = above;
		}
	}

	return row[blen];
}

/** A third of the letters and one more may be wrong, of a short word one: enough for a slip, too little to guess. */
void nearest_init(struct nearest *n, const char *word)
{
	n->word = word;
	n->name = NULL;
	n->distance = str_len(word) < SHORT_LEN ? 2 : str_len(word) / 3 + 2;
}

void nearest_offer(struct nearest *n, const char *name)
{
	const size_t wlen = str_len(n->word), nlen = str_len(name);
	size_t d;

	if (wlen > NAME_MAX_LEN || nlen > NAME_MAX_LEN)
		return;

	d = distance(n->word, wlen, name, nlen);
	if (d < n->distance) {
		n->distance = d;
		n->name = name;
	}
}
