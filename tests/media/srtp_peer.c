/**
 * @file srtp_peer.c  One party's media with libsrtp2, driven by lines on standard input
 *
 * usage: srtp_peer HOST
 *
 * It binds an even port and the odd one above, prints "port N", and then obeys, a line each:
 *
 *   rx SUITE HEX     what comes in is under this key and salt ("none -": plain)
 *   tx SUITE HEX     what goes out is under this one
 *   to HOST PORT     where to send: RTP there, RTCP one above
 *   rtp COUNT        send so many RTP packets, one a millisecond, while receiving
 *   rtcp COUNT       the same with RTCP
 *   replay COUNT     send the last RTP packet again
 *   forge COUNT      send it with the next sequence numbers and a tag that is wrong
 *   stranger COUNT   send packets with other SSRCs under no key
 *   report           print "report RTP-GOOD RTP-BAD RTCP-GOOD RTCP-BAD SENDING"
 *
 * A packet is good when it is authentic, new, and its payload is that of its sequence number.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <srtp2/srtp.h>

enum {
	PAYLOAD_SIZE = 160,
	RTP_SIZE = 12 + PAYLOAD_SIZE,
	RTCP_SIZE = 28,
	BUFFER_SIZE = 2048,
	LINE_SIZE = 256
};

typedef void(policy_h)(srtp_crypto_policy_t *policy);

static const struct {
	const char *name;
	policy_h *rtp;
	policy_h *rtcp;
	size_t key_size;
} suitev[] = {
	{"AES_CM_128_HMAC_SHA1_80", srtp_crypto_policy_set_rtp_default, srtp_crypto_policy_set_rtcp_default,
	 30},
	{"AES_CM_128_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
	 srtp_crypto_policy_set_rtcp_default, 30},
	{"AES_256_CM_HMAC_SHA1_80", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
	 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 46},
	{"AES_256_CM_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
	 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80, 46},
	{"AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth,
	 srtp_crypto_policy_set_aes_gcm_128_16_auth, 28},
	{"AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth,
	 srtp_crypto_policy_set_aes_gcm_256_16_auth, 44},
};

/** What came in. */
struct count {
	unsigned good;
	unsigned bad;
};

struct party {
	int rtp_fd, rtcp_fd;
	struct sockaddr_in rtp_to, rtcp_to;
	srtp_t rx, tx; /* NULL: plain */
	uint32_t ssrc;
	uint16_t seq;
	uint8_t last[BUFFER_SIZE]; /* as it was sent */
	int last_len;
	unsigned rtp_left, rtcp_left; /* to be sent */
	struct count rtp, rtcp;
};

static void die(const char *what)
{
	(void)fprintf(stderr, "srtp_peer: %s\n", what);
	exit(1);
}

static void word_write(uint8_t *p, uint32_t word)
{
	word = htonl(word);
	memcpy(p, &word, sizeof(word));
}

static int socket_bind(const char *host, uint16_t port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || inet_pton(AF_INET, host, &sa.sin_addr) != 1)
		die("no such address");

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		(void)close(fd);
		return -1;
	}

	return fd;
}

static uint16_t socket_port(int fd)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		die("getsockname");

	return ntohs(sa.sin_port);
}

static void pair_bind(struct party *party, const char *host)
{
	for (;;) {

		uint16_t port;

		party->rtp_fd = socket_bind(host, 0);
		port = socket_port(party->rtp_fd);
		party->rtcp_fd = port % 2 ? -1 : socket_bind(host, (uint16_t)(port + 1));
		if (party->rtcp_fd >= 0)
			return;

		(void)close(party->rtp_fd);
	}
}

static uint8_t payload_byte(uint16_t seq, unsigned i)
{
	return (uint8_t)(seq * 31U + i);
}

static int rtp_make(uint8_t *p, uint32_t ssrc, uint16_t seq)
{
	unsigned i;

	p[0] = 0x80;
	p[1] = 0;
	p[2] = (uint8_t)(seq >> 8);
	p[3] = (uint8_t)seq;
	word_write(p + 4, seq * 160U);
	word_write(p + 8, ssrc);
	for (i = 0; i < PAYLOAD_SIZE; i++)
		p[12 + i] = payload_byte(seq, i);

	return RTP_SIZE;
}

static int rtcp_make(uint8_t *p, uint32_t ssrc)
{
	unsigned i;

	p[0] = 0x80;
	p[1] = 200;
	p[2] = 0;
	p[3] = RTCP_SIZE / 4 - 1;
	word_write(p + 4, ssrc);
	for (i = 8; i < RTCP_SIZE; i++)
		p[i] = (uint8_t)i;

	return RTCP_SIZE;
}

static bool rtp_good(const uint8_t *p, int len)
{
	const uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	int i;

	for (i = 12; i < len; i++)
		if (p[i] != payload_byte(seq, (unsigned)i - 12))
			return false;

	return len == RTP_SIZE;
}

static bool rtcp_good(const uint8_t *p, int len)
{
	int i;

	for (i = 8; i < len; i++)
		if (p[i] != i)
			return false;

	return len == RTCP_SIZE;
}

static void out(int fd, const struct sockaddr_in *to, const uint8_t *p, int len)
{
	if (sendto(fd, p, (size_t)len, 0, (const struct sockaddr *)to, sizeof(*to)) != len)
		die("sendto");
}

static void rtp_send(struct party *party)
{
	int len = rtp_make(party->last, party->ssrc, ++party->seq);

	if (party->tx && srtp_protect(party->tx, party->last, &len))
		die("srtp_protect");

	party->last_len = len;
	out(party->rtp_fd, &party->rtp_to, party->last, len);
}

static void rtcp_send(struct party *party)
{
	uint8_t p[BUFFER_SIZE];
	int len = rtcp_make(p, party->ssrc);

	if (party->tx && srtp_protect_rtcp(party->tx, p, &len))
		die("srtp_protect_rtcp");

	out(party->rtcp_fd, &party->rtcp_to, p, len);
}

static void receive(struct party *party, int fd, bool rtcp)
{
	struct count *count = rtcp ? &party->rtcp : &party->rtp;
	uint8_t p[BUFFER_SIZE];
	int len = (int)recv(fd, p, sizeof(p), MSG_DONTWAIT);
	srtp_err_status_t status = srtp_err_status_ok;

	if (len <= 0) /* nothing, or the empty datagram of a keep-alive */
		return;

	if (party->rx)
		status = rtcp ? srtp_unprotect_rtcp(party->rx, p, &len) : srtp_unprotect(party->rx, p, &len);

	if (!status && (rtcp ? rtcp_good(p, len) : rtp_good(p, len)))
		++count->good;
	else
		++count->bad;
}

static void key_read(uint8_t *key, size_t size, const char *hex)
{
	size_t i;

	if (strlen(hex) != 2 * size)
		die("the key has not the suite's length");

	for (i = 0; i < size; i++) {

		const char byte[] = {hex[2 * i], hex[2 * i + 1], 0};

		key[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

static void key_set(srtp_t *srtp, srtp_ssrc_type_t type, const char *suite, const char *hex)
{
	srtp_policy_t policy;
	uint8_t key[64];
	size_t i;

	if (*srtp)
		(void)srtp_dealloc(*srtp);
	*srtp = NULL;
	if (!strcmp(suite, "none"))
		return;

	for (i = 0; i < sizeof(suitev) / sizeof(suitev[0]) && strcmp(suite, suitev[i].name); i++)
		continue;
	if (i == sizeof(suitev) / sizeof(suitev[0]))
		die("no such suite");

	key_read(key, suitev[i].key_size, hex);
	memset(&policy, 0, sizeof(policy));
	suitev[i].rtp(&policy.rtp);
	suitev[i].rtcp(&policy.rtcp);
	policy.ssrc.type = type;
	policy.key = key;
	if (srtp_create(srtp, &policy))
		die("srtp_create");
}

static void target_set(struct party *party, const char *host, const char *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	const unsigned long number = strtoul(port, NULL, 10);

	if (inet_pton(AF_INET, host, &sa.sin_addr) != 1)
		die("no such address");

	sa.sin_port = htons((uint16_t)number);
	party->rtp_to = sa;
	sa.sin_port = htons((uint16_t)(number + 1));
	party->rtcp_to = sa;
}

static void replay(struct party *party, unsigned count)
{
	while (count--)
		out(party->rtp_fd, &party->rtp_to, party->last, party->last_len);
}

static void forge(struct party *party, unsigned count)
{
	uint8_t p[BUFFER_SIZE];
	unsigned i;

	for (i = 1; i <= count; i++) {

		memcpy(p, party->last, (size_t)party->last_len);
		p[2] = (uint8_t)((party->seq + i) >> 8);
		p[3] = (uint8_t)(party->seq + i);
		out(party->rtp_fd, &party->rtp_to, p, party->last_len);
	}
}

static void stranger(struct party *party, unsigned count)
{
	uint8_t p[BUFFER_SIZE];
	unsigned i;

	for (i = 1; i <= count; i++) {

		const int len = rtp_make(p, party->ssrc + i, (uint16_t)i);

		out(party->rtp_fd, &party->rtp_to, p, len);
	}
}

static void report(const struct party *party)
{
	(void)printf("report %u %u %u %u %u\n", party->rtp.good, party->rtp.bad, party->rtcp.good,
		     party->rtcp.bad, party->rtp_left + party->rtcp_left);
	(void)fflush(stdout);
}

static void obey(struct party *party, char *line)
{
	char word[16] = "", first[64] = "", second[128] = "";
	unsigned count;

	(void)sscanf(line, "%15s %63s %127s", word, first, second);
	count = (unsigned)strtoul(first, NULL, 10);

	if (!strcmp(word, "rx"))
		key_set(&party->rx, ssrc_any_inbound, first, second);
	else if (!strcmp(word, "tx"))
		key_set(&party->tx, ssrc_any_outbound, first, second);
	else if (!strcmp(word, "to"))
		target_set(party, first, second);
	else if (!strcmp(word, "rtp"))
		party->rtp_left += count;
	else if (!strcmp(word, "rtcp"))
		party->rtcp_left += count;
	else if (!strcmp(word, "replay"))
		replay(party, count);
	else if (!strcmp(word, "forge"))
		forge(party, count);
	else if (!strcmp(word, "stranger"))
		stranger(party, count);
	else if (!strcmp(word, "report"))
		report(party);
	else
		die("no such command");
}

static void pace(struct party *party)
{
	if (party->rtp_left) {
		--party->rtp_left;
		rtp_send(party);
	}

	if (party->rtcp_left) {
		--party->rtcp_left;
		rtcp_send(party);
	}
}

/* Lines are whole: the driver writes each at once, in less than a pipe takes. */
static void lines_read(struct party *party)
{
	char buf[LINE_SIZE * 16], *line, *save = NULL;
	const ssize_t len = read(STDIN_FILENO, buf, sizeof(buf) - 1);

	if (len <= 0)
		exit(0);

	buf[len] = 0;
	for (line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		obey(party, line);
}

int main(int argc, char *argv[])
{
	struct party party = {.seq = 1000};

	if (argc != 2 || srtp_init())
		die("usage: srtp_peer HOST");

	pair_bind(&party, argv[1]);
	party.ssrc = 0x10000000U + socket_port(party.rtp_fd);
	(void)printf("port %u\n", socket_port(party.rtp_fd));
	(void)fflush(stdout);

	for (;;) {

		struct pollfd pollv[] = {{.fd = STDIN_FILENO, .events = POLLIN},
					 {.fd = party.rtp_fd, .events = POLLIN},
					 {.fd = party.rtcp_fd, .events = POLLIN}};
		const bool sending = party.rtp_left || party.rtcp_left;

		if (poll(pollv, 3, sending ? 1 : -1) < 0 && errno != EINTR)
			die("poll");

		if (pollv[1].revents)
			receive(&party, party.rtp_fd, false);
		if (pollv[2].revents)
			receive(&party, party.rtcp_fd, true);
		if (pollv[0].revents)
			lines_read(&party);

		pace(&party);
	}
}
