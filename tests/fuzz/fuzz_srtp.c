/**
 * @file fuzz_srtp.c  Any bytes as SRTP and SRTCP: refused without a trace; and what was protected, then changed
 *
 * The first byte chooses suite and MKI, the second how the rest is used, the third and fourth what is changed.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "srtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_FUZZ = 4096, CHOICE_SIZE = 4 };

typedef int(protect_h)(struct rsrtp *srtp, uint8_t *p, size_t *len, size_t size);
typedef int(unprotect_h)(struct rsrtp *srtp, uint8_t *p, size_t *len);

static enum rsrtp_suite suite_of(uint8_t choice)
{
	return (enum rsrtp_suite)(choice % RSRTP_SUITES);
}

/* A tag of 32 bits is guessed once in four thousand million inputs: that is no fault. */
static void never(uint8_t choice)
{
	if (rsrtp_transform(suite_of(choice))->rtp_tag_size > 4)
		abort();
}

static struct rsrtp *context(uint8_t choice)
{
	struct rsrtp_key key = {.suite = suite_of(choice), .mki = choice};
	struct rsrtp *srtp = NULL;

	key.mki_size = choice & 0x80 ? 2 : 0;
	if (rsrtp_alloc(&srtp, &key))
		abort();

	return srtp;
}

/* In a buffer of exactly its size, so that a sanitizer sees every byte beyond. */
static uint8_t *copy(const uint8_t *p, size_t len, size_t size)
{
	uint8_t *buf = malloc(size ? size : 1);

	if (!buf)
		abort();
	memcpy(buf, p, len);

	return buf;
}

/* Bytes from nowhere are never authentic, and stay as they were. */
static void unprotect_junk(uint8_t choice, const uint8_t *data, size_t size, unprotect_h *unprotect)
{
	struct rsrtp *rx = context(choice);
	uint8_t *p = copy(data, size, size);
	size_t len = size;

	if (!unprotect(rx, p, &len))
		never(choice);
	else if (len != size || memcmp(p, data, size))
		abort();

	free(p);
	mem_deref(rx);
}

static void change(uint8_t *p, size_t *len, const uint8_t *choice)
{
	const size_t pos = (size_t)(choice[2] << 8 | choice[3]) % *len;

	if (choice[1] & 0x40)
		*len = pos;
	else
		p[pos] ^= (uint8_t)(1 << (choice[1] >> 2 & 7));
}

/* What is protected comes back; changed it does not, and the true one does still. */
static void pass(const uint8_t *choice, const uint8_t *data, size_t size, protect_h *protect,
		 unprotect_h *unprotect)
{
	struct rsrtp *tx = context(choice[0]), *rx = context(choice[0]);
	const size_t room = size + RSRTP_TRAILER_MAX;
	uint8_t *p = copy(data, size, room), *changed;
	size_t len = size, changed_len;

	if (protect(tx, p, &len, room)) {

		if (len != size || memcmp(p, data, size))
			abort();
		goto out;
	}

	changed = copy(p, len, len);
	changed_len = len;
	change(changed, &changed_len, choice);
	if (!unprotect(rx, changed, &changed_len))
		never(choice[0]);
	free(changed);

	if (unprotect(rx, p, &len) || len != size || memcmp(p, data, size))
		abort();

out:
	free(p);
	mem_deref(tx);
	mem_deref(rx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *choice = data;

	if (size < CHOICE_SIZE || size > SIZE_MAX_FUZZ)
		return 0;

	data += CHOICE_SIZE;
	size -= CHOICE_SIZE;

	switch (choice[1] & 3) {

	case 0:
		unprotect_junk(choice[0], data, size, rsrtp_unprotect);
		break;
	case 1:
		unprotect_junk(choice[0], data, size, rsrtcp_unprotect);
		break;
	case 2:
		pass(choice, data, size, rsrtp_protect, rsrtp_unprotect);
		break;
	default:
		pass(choice, data, size, rsrtcp_protect, rsrtcp_unprotect);
		break;
	}

	return 0;
}
