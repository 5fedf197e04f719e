/**
 * @file ladder_pcap.c  `ladder --pcap`: a call's messages into a capture file
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "json.h"
#include "ctl.h"
#include "pcap.h"
#include "rpc.h"

static int packet_decode(uint8_t **pp, size_t *lenp, const char *text)
{
	const size_t text_len = str_len(text);
	size_t len = text_len / 4 * 3 + 1;
	uint8_t *p = mem_alloc(len, NULL);
	int err;

	if (!p)
		return ENOMEM;

	err = text_len ? base64_decode(text, text_len, p, &len) : EBADMSG;
	if (err) {
		mem_deref(p);
		return err;
	}

	*pp = p;
	*lenp = len;

	return 0;
}

static int message_write(struct mbuf *mb, const struct odict *m)
{
	const char *from = odict_string(m, "from"), *to = odict_string(m, "to");
	struct sa src, dst;
	uint64_t time_us;
	uint8_t *p = NULL;
	size_t len;
	int err;

	if (!from || !to || sa_decode(&src, from, strlen(from)) || sa_decode(&dst, to, strlen(to)) ||
	    !odict_get_number(m, &time_us, "time_us"))
		return EBADMSG;

	err = packet_decode(&p, &len, odict_string(m, "packet"));
	err = err ? err : pcap_write(mb, (int64_t)time_us, &src, &dst, p, len);
	mem_deref(p);

	return err;
}

static int messages_write(struct mbuf *mb, const struct odict *messages)
{
	const struct le *le;
	int err;

	err = pcap_begin(mb);

	for (le = messages->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		err = e->type == ODICT_OBJECT ? message_write(mb, e->u.odict) : EBADMSG;
	}

	return err;
}

/** Only for its owner: it tells who speaks to whom. "-": standard output. */
static FILE *file_open(const char *path)
{
	FILE *f;
	int fd;

	if (!strcmp(path, "-"))
		return fdopen(dup(STDOUT_FILENO), "wb");

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;

	f = fdopen(fd, "wb");
	if (!f)
		(void)close(fd);

	return f;
}

static int bytes_write(FILE *f, const struct mbuf *mb)
{
	const size_t n = fwrite(mb->buf, 1, mb->end, f);

	return fclose(f) || n != mb->end ? errno : 0;
}

static int file_write(const char *path, const struct odict *messages)
{
	struct mbuf *mb = mbuf_alloc(65536);
	FILE *f = NULL;
	int err;

	err = mb ? messages_write(mb, messages) : ENOMEM;
	if (!err) {
		f = file_open(path);
		err = f ? bytes_write(f, mb) : errno;
	}
	mem_deref(mb);

	if (err)
		return ctl_error("%s: %m%s", path, err, f ? "" : "; give a file that can be written");

	return CTL_OK;
}

static int packets_ask(struct odict **resultp, const struct ctl *ctl, const char *id)
{
	struct mbuf *params = mbuf_alloc(256);
	int code, err;

	err = params ? mbuf_write_str(params, "{\"packets\": true, \"id\": ") : ENOMEM;
	err = err ? err : json_write_str(params, id, str_len(id));
	err = err ? err : mbuf_write_u8(params, '}');

	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, "ladder", params, RPC_TIMEOUT_S);
	mem_deref(params);

	return code;
}

int ctl_ladder_pcap(const struct ctl *ctl)
{
	const struct odict_entry *messages;
	struct odict *result = NULL;
	int code;

	code = packets_ask(&result, ctl, ctl->argv[0]);
	if (code)
		return code;

	messages = odict_lookup(result, "messages");
	if (messages && messages->type == ODICT_ARRAY)
		code = file_write(ctl->pcap, messages->u.odict);
	else
		code = ctl_error("the daemon answered something else; is it of this version?");

	mem_deref(result);

	return code;
}
