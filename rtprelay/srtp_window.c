/**
 * @file srtp_window.c  Packet indices: from 16 bits to 48, and which have been seen (RFC 3711 section 3.3)
 */
#include <errno.h>
#include <string.h>
#include "srtp_window.h"

enum { HALF = 1 << 15 };

int rsrtp_window_guess(const struct rsrtp_window *win, uint16_t seq, uint64_t *index)
{
	const uint16_t top_seq = (uint16_t)win->top;
	uint64_t roc = win->top >> 16;

	if (!win->started) {
		roc = 0;
	}
	else if (top_seq < HALF) {

		if (seq - top_seq > HALF) {
			if (!roc)
				return ESTALE;
			--roc;
		}
	}
	else if (top_seq - HALF > seq) {

		if (roc == UINT32_MAX)
			return EKEYEXPIRED;
		++roc;
	}

	*index = roc << 16 | seq;

	return 0;
}

static uint64_t *word_of(struct rsrtp_window *win, uint64_t index)
{
	return &win->seenv[index % RSRTP_WINDOW / 64];
}

static uint64_t bit_of(uint64_t index)
{
	return UINT64_C(1) << index % 64;
}

int rsrtp_window_check(const struct rsrtp_window *win, uint64_t index)
{
	if (!win->started || index > win->top)
		return 0;

	if (win->top - index >= RSRTP_WINDOW)
		return ESTALE;

	return win->seenv[index % RSRTP_WINDOW / 64] & bit_of(index) ? EALREADY : 0;
}

static void advance(struct rsrtp_window *win, uint64_t index)
{
	uint64_t i;

	if (!win->started || index - win->top >= RSRTP_WINDOW) {
		memset(win->seenv, 0, sizeof(win->seenv));
	}
	else {
		for (i = win->top + 1; i <= index; i++)
			*word_of(win, i) &= ~bit_of(i);
	}

	win->started = true;
	win->top = index;
}

void rsrtp_window_add(struct rsrtp_window *win, uint64_t index)
{
	if (!win->started || index > win->top)
		advance(win, index);

	*word_of(win, index) |= bit_of(index);
}
