/**
 * @file srtp.c  SRTP and SRTCP under one master key (RFC 3711, 6188, 7714)
 *
 * What stands behind a packet:
 *
 *   SRTP          MKI, tag; with GCM  tag, MKI (RFC 7714 section 8)
 *   SRTCP         E bit and index, MKI, tag; with GCM  tag, E bit and index, MKI (RFC 7714 section 9)
 */
#include <string.h>
#include <re.h>
#include "packet.h"
#include "srtp.h"
#include "srtp_cipher.h"
#include "srtp_window.h"

enum {
	RTCP_CLEAR_SIZE = 8, /* the first header and its SSRC are not encrypted */
	RTCP_INDEX_SIZE = 4,

	/*
	 * An SSRC heard for the first time may have wrapped its sequence number unheard: before its first
	 * packet came through, or before the relay was restarted. So many ROCs are tried, the tag tells.
	 */
	ROC_TRIES = 2,
	ROC_TRIES_FIRST = 8, /* while no SSRC has been heard at all: three hours of 20 ms packets */
};

#define RTCP_E_BIT UINT32_C(0x80000000)
#define RTCP_INDEX_MAX UINT32_C(0x7fffffff)

/** One SSRC. */
struct source {
	struct le le; /* in srtp->sourcel */
	uint32_t ssrc;
	struct rsrtp_window rtp;
	struct rsrtp_window rtcp;

	/* sending */
	uint16_t shift;     /* added to its sequence numbers since it began again */
	bool stale;         /* the last packet was too old … */
	uint16_t stale_seq; /* … which this one, coming next, proves a new beginning */
};

struct rsrtp {
	struct rsrtp_cipher *rtp;
	struct rsrtp_cipher *rtcp;
	struct list sourcel; /* last heard first; all have authenticated */
	uint32_t rtcp_next;  /* sending: one for all SSRCs, so that none forgotten is begun again */
	bool heard;          /* receiving: an RTP packet has authenticated */
	bool aead;
	uint8_t mki_size;
	uint8_t mki[RSRTP_MKI_SIZE_MAX];
	struct rsrtp *old; /* receiving: taken, too, until the first packet under our own key */
};

static void destructor(void *arg)
{
	struct rsrtp *srtp = arg;

	list_flush(&srtp->sourcel);
	mem_deref(srtp->rtp);
	mem_deref(srtp->rtcp);
	mem_deref(srtp->old);
}

static int cipher_make(struct rsrtp_cipher **cp, const struct rsrtp_key *key, enum rsrtp_label label)
{
	struct rsrtp_session_keys keys;
	int err;

	err = rsrtp_keys_derive(&keys, key, label);
	if (!err)
		err = rsrtp_cipher_alloc(cp, key->suite, label, &keys);

	rsrtp_keys_wipe(&keys);

	return err;
}

static void mki_write(struct rsrtp *srtp, const struct rsrtp_key *key)
{
	uint64_t mki = key->mki;
	uint8_t i;

	srtp->mki_size = key->mki_size;
	for (i = key->mki_size; i-- > 0; mki >>= 8)
		srtp->mki[i] = (uint8_t)mki;
}

int rsrtp_alloc(struct rsrtp **srtpp, const struct rsrtp_key *key)
{
	struct rsrtp *srtp;
	int err;

	if (key->suite >= RSRTP_SUITES || key->mki_size > RSRTP_MKI_SIZE_MAX)
		return EINVAL;

	srtp = mem_zalloc(sizeof(*srtp), destructor);
	if (!srtp)
		return ENOMEM;

	srtp->aead = rsrtp_transform(key->suite)->aead;
	mki_write(srtp, key);

	err = cipher_make(&srtp->rtp, key, RSRTP_LABEL_RTP);
	if (!err)
		err = cipher_make(&srtp->rtcp, key, RSRTP_LABEL_RTCP);

	if (err)
		mem_deref(srtp);
	else
		*srtpp = srtp;

	return err;
}

void rsrtp_follow(struct rsrtp *srtp, struct rsrtp *old)
{
	/* a key that was never used is not what the sender still sends under */
	if (old && old->old) {
		srtp->old = mem_ref(old->old);
		mem_deref(old);
	}
	else {
		srtp->old = old;
	}
}

static void source_destructor(void *arg)
{
	struct source *src = arg;

	list_unlink(&src->le);
}

/* The list is short and its first is nearly always the one asked for. */
static struct source *source_find(struct rsrtp *srtp, uint32_t ssrc)
{
	struct le *le;

	LIST_FOREACH(&srtp->sourcel, le)
	{
		struct source *src = le->data;

		if (src->ssrc == ssrc)
			return src;
	}

	return NULL;
}

static int source_add(struct source **srcp, struct rsrtp *srtp, uint32_t ssrc)
{
	struct source *src;

	src = mem_zalloc(sizeof(*src), source_destructor);
	if (!src)
		return ENOMEM;

	if (list_count(&srtp->sourcel) >= RSRTP_SOURCES_MAX)
		mem_deref(list_ledata(list_tail(&srtp->sourcel)));

	src->ssrc = ssrc;
	list_prepend(&srtp->sourcel, &src->le, src);
	*srcp = src;

	return 0;
}

/* The packet of an SSRC has proved authentic: its state, made where there is none. */
static int source_get(struct source **srcp, struct rsrtp *srtp, uint32_t ssrc)
{
	struct source *src = source_find(srtp, ssrc);

	if (!src)
		return source_add(srcp, srtp, ssrc);

	if (src->le.prev) {
		list_unlink(&src->le);
		list_prepend(&srtp->sourcel, &src->le, src);
	}

	*srcp = src;

	return 0;
}

/* What is in the clear of an RTP packet: header, CSRC list, header extension. 0: it is none. */
static size_t rtp_clear_size(const uint8_t *p, size_t len)
{
	size_t size;

	if (len < RTP_HEADER_SIZE || p[0] >> 6 != 2)
		return 0;

	size = RTP_HEADER_SIZE + (size_t)(p[0] & 0x0f) * 4;

	if (p[0] & 0x10) {

		if (len < size + 4)
			return 0;
		size += 4 + (size_t)packet_u16(p + size + 2) * 4;
	}

	return len < size ? 0 : size;
}

static int index_new(const struct rsrtp_window *win, uint16_t seq, uint64_t *index)
{
	const int err = rsrtp_window_guess(win, seq, index);

	return err ? err : rsrtp_window_check(win, *index);
}

/* Two packets in a row that are far too old: the sender has begun again (as RFC 3550 appendix A.1 tells it). */
static bool restarted(struct source *src, uint16_t seq)
{
	const bool again = src->stale && seq == src->stale_seq;

	src->stale = !again;
	src->stale_seq = (uint16_t)(seq + 1);

	return again;
}

/* The index to send a packet under; its sequence number follows from it. */
static int index_choose(struct source *src, uint16_t seq, uint64_t *index)
{
	const uint16_t next = (uint16_t)(src->rtp.top + 1);
	int err;

	seq = (uint16_t)(seq + src->shift);
	err = index_new(&src->rtp, seq, index);
	if (err == ESTALE && restarted(src, seq)) {
		src->shift = (uint16_t)(src->shift + next - seq);
		err = index_new(&src->rtp, next, index);
	}

	return err == ESTALE ? EALREADY : err;
}

int rsrtp_protect(struct rsrtp *srtp, uint8_t *p, size_t *len, size_t size)
{
	const size_t tag_size = rsrtp_cipher_tag_size(srtp->rtp);
	struct rsrtp_unit unit = {.p = p, .len = *len, .clear = rtp_clear_size(p, *len)};
	uint8_t *tag = p + *len + (srtp->aead ? 0 : srtp->mki_size);
	uint8_t *mki = p + *len + (srtp->aead ? tag_size : 0);
	struct source *src;
	int err;

	if (!unit.clear)
		return EINVAL;

	if (*len > size || size - *len < tag_size + srtp->mki_size)
		return EOVERFLOW;

	unit.ssrc = packet_u32(p + 8);
	err = source_get(&src, srtp, unit.ssrc);
	if (!err)
		err = index_choose(src, packet_u16(p + 2), &unit.index);
	if (err)
		return err;

	unit.word = (uint32_t)(unit.index >> 16);
	p[2] = (uint8_t)(unit.index >> 8);
	p[3] = (uint8_t)unit.index;
	err = rsrtp_cipher_seal(srtp->rtp, &unit, tag);
	if (err)
		return err;

	memcpy(mki, srtp->mki, srtp->mki_size);
	rsrtp_window_add(&src->rtp, unit.index);
	src->stale = false;
	*len += tag_size + srtp->mki_size;

	return 0;
}

static int rtp_try(struct rsrtp *srtp, struct rsrtp_unit *unit, uint64_t index, const uint8_t *tag)
{
	unit->index = index;
	unit->word = (uint32_t)(index >> 16);

	return rsrtp_cipher_open(srtp->rtp, unit, tag);
}

/* The first packet of an SSRC: which ROC it has is for its tag to say. */
static int rtp_open_first(struct rsrtp *srtp, struct rsrtp_unit *unit, const uint8_t *tag)
{
	const unsigned tries = srtp->heard ? ROC_TRIES : ROC_TRIES_FIRST;
	const uint16_t seq = packet_u16(unit->p + 2);
	const struct source *before = srtp->old ? source_find(srtp->old, unit->ssrc) : NULL;
	uint64_t index, roc;
	int err = EBADMSG;

	/* a new key does not set the ROC back (RFC 3711 section 3.3.1), though many senders do */
	if (before && !rsrtp_window_guess(&before->rtp, seq, &index))
		err = rtp_try(srtp, unit, index, tag);

	for (roc = 0; err == EBADMSG && roc < tries; roc++)
		err = rtp_try(srtp, unit, roc << 16 | seq, tag);

	return err;
}

static int rtp_open(struct rsrtp *srtp, struct rsrtp_unit *unit, const uint8_t *tag)
{
	struct source *src = source_find(srtp, unit->ssrc);
	uint64_t index;
	int err;

	if (!src || !src->rtp.started)
		return rtp_open_first(srtp, unit, tag);

	err = index_new(&src->rtp, packet_u16(unit->p + 2), &index);
	if (!err)
		err = rtp_try(srtp, unit, index, tag);

	return err == ESTALE ? EALREADY : err;
}

static int rtp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len)
{
	const size_t tag_size = rsrtp_cipher_tag_size(srtp->rtp);
	const size_t trailer = tag_size + srtp->mki_size;
	struct rsrtp_unit unit = {.p = p};
	const uint8_t *mki;
	struct source *src;
	int err;

	if (*len < trailer)
		return EINVAL;

	unit.len = *len - trailer;
	unit.clear = rtp_clear_size(p, unit.len);
	if (!unit.clear)
		return EINVAL;

	unit.ssrc = packet_u32(p + 8);
	mki = p + unit.len + (srtp->aead ? tag_size : 0);
	if (memcmp(mki, srtp->mki, srtp->mki_size))
		return EBADMSG;

	err = rtp_open(srtp, &unit, p + unit.len + (srtp->aead ? 0 : srtp->mki_size));
	if (!err)
		err = source_get(&src, srtp, unit.ssrc);
	if (err)
		return err;

	srtp->heard = true;
	rsrtp_window_add(&src->rtp, unit.index);
	*len = unit.len;

	return 0;
}

/** Where the parts behind an SRTCP packet are. */
struct rtcp_trailer {
	uint8_t *index;
	uint8_t *mki;
	uint8_t *tag;
};

static size_t rtcp_trailer_size(const struct rsrtp *srtp)
{
	return RTCP_INDEX_SIZE + srtp->mki_size + rsrtp_cipher_tag_size(srtp->rtcp);
}

static void rtcp_trailer_find(struct rtcp_trailer *tr, const struct rsrtp *srtp, uint8_t *end)
{
	tr->index = end + (srtp->aead ? rsrtp_cipher_tag_size(srtp->rtcp) : 0);
	tr->mki = tr->index + RTCP_INDEX_SIZE;
	tr->tag = srtp->aead ? end : tr->mki + srtp->mki_size;
}

static bool rtcp_valid(const uint8_t *p, size_t len)
{
	return len >= RTCP_CLEAR_SIZE && p[0] >> 6 == 2;
}

int rsrtcp_protect(struct rsrtp *srtp, uint8_t *p, size_t *len, size_t size)
{
	struct rsrtp_unit unit = {.p = p, .len = *len, .clear = RTCP_CLEAR_SIZE};
	struct rtcp_trailer tr;
	int err;

	if (!rtcp_valid(p, *len))
		return EINVAL;

	if (*len > size || size - *len < rtcp_trailer_size(srtp))
		return EOVERFLOW;

	if (srtp->rtcp_next > RTCP_INDEX_MAX)
		return EKEYEXPIRED;

	rtcp_trailer_find(&tr, srtp, p + *len);
	unit.ssrc = packet_u32(p + 4);
	unit.index = srtp->rtcp_next;
	unit.word = RTCP_E_BIT | srtp->rtcp_next;

	err = rsrtp_cipher_seal(srtp->rtcp, &unit, tr.tag);
	if (err)
		return err;

	rsrtp_word_write(tr.index, unit.word);
	memcpy(tr.mki, srtp->mki, srtp->mki_size);
	++srtp->rtcp_next;
	*len += rtcp_trailer_size(srtp);

	return 0;
}

static int rtcp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len)
{
	const size_t trailer = rtcp_trailer_size(srtp);
	struct rsrtp_unit unit = {.p = p};
	struct rtcp_trailer tr;
	struct source *src;
	int err = 0;

	if (*len < trailer || !rtcp_valid(p, *len - trailer))
		return EINVAL;

	unit.len = *len - trailer;
	rtcp_trailer_find(&tr, srtp, p + unit.len);
	if (memcmp(tr.mki, srtp->mki, srtp->mki_size))
		return EBADMSG;

	unit.word = packet_u32(tr.index);
	unit.index = unit.word & RTCP_INDEX_MAX;
	unit.clear = unit.word & RTCP_E_BIT ? RTCP_CLEAR_SIZE : unit.len;
	unit.ssrc = packet_u32(p + 4);

	src = source_find(srtp, unit.ssrc);
	if (src)
		err = rsrtp_window_check(&src->rtcp, unit.index);
	if (!err)
		err = rsrtp_cipher_open(srtp->rtcp, &unit, tr.tag);
	if (!err)
		err = source_get(&src, srtp, unit.ssrc);
	if (err)
		return err == ESTALE ? EALREADY : err;

	rsrtp_window_add(&src->rtcp, unit.index);
	*len = unit.len;

	return 0;
}

typedef int(unprotect_h)(struct rsrtp *srtp, uint8_t *p, size_t *len);

/* Under our own key, which ends the old one's time, or under the old one. */
static int unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len, unprotect_h *h)
{
	int err = h(srtp, p, len);

	if (!srtp->old)
		return err;

	if (!err)
		srtp->old = mem_deref(srtp->old);
	else if (err != ENOMEM)
		err = h(srtp->old, p, len);

	return err;
}

int rsrtp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len)
{
	return unprotect(srtp, p, len, rtp_unprotect);
}

int rsrtcp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len)
{
	return unprotect(srtp, p, len, rtcp_unprotect);
}
