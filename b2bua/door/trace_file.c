/**
 * @file trace_file.c  Two buffers and a descriptor
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#include "background.h"
#include "config.h"
#include "pcap.h"
#include "trace_file.h"
#include "trace_text.h"

enum { BUFFER_SIZE = 64 * 1024, BUFFER_MAX = 1024 * 1024, GATHER_MS = 100 };

struct trace_file {
	struct background *background;
	char *dir, *path;
	uint32_t files_max; /* in dir */
	size_t size_max;
	int fd; /* -1 until it is open */
	struct trace_file_figures figures;
	struct mbuf *next, *out; /* out is the background's while `writing`, and so is err */
	bool writing;
	int err;                   /* of the last write */
	struct tmr tmr;            /* to the next one */
	char text[TRACE_TEXT_MAX]; /* the message at hand, its secrets crossed out */
};

static int bytes_write(int fd, struct mbuf *mb)
{
	mb->pos = 0;

	while (mbuf_get_left(mb)) {

		const ssize_t n = write(fd, mbuf_buf(mb), mbuf_get_left(mb));

		if (n > 0)
			mbuf_advance(mb, n);
		else if (n < 0 && errno != EINTR)
			return errno;
	}

	mbuf_rewind(mb);

	return 0;
}

static void destructor(void *arg)
{
	struct trace_file *f = arg;

	tmr_cancel(&f->tmr);
	if (f->fd >= 0) {
		/* what came last, where the background was stopped before it could be written */
		if (!f->err && !bytes_write(f->fd, f->out))
			(void)bytes_write(f->fd, f->next);
		(void)close(f->fd);
	}
	mem_deref(f->next);
	mem_deref(f->out);
	mem_deref(f->path);
	mem_deref(f->dir);
}

static int dir_derive(char **dirp, const struct config *cfg)
{
	if (str_isset(cfg->trace_dir))
		return str_dup(dirp, cfg->trace_dir);

	return re_sdprintf(dirp, "%s/traces", cfg->data_dir);
}

int trace_file_alloc(struct trace_file **fp, const struct config *cfg, const char *name,
		     struct background *background)
{
	struct trace_file *f;
	int err;

	f = mem_zalloc(sizeof(*f), destructor);
	if (!f)
		return ENOMEM;

	f->background = background;
	f->fd = -1;
	f->files_max = cfg->trace_files;
	f->size_max = (size_t)cfg->trace_file_mb << 20;
	f->next = mbuf_alloc(BUFFER_SIZE);
	f->out = mbuf_alloc(BUFFER_SIZE);

	if (!f->next || !f->out) {
		err = ENOMEM;
		goto out;
	}

	err = dir_derive(&f->dir, cfg);
	err = err ? err : re_sdprintf(&f->path, "%s/%s", f->dir, name);
	err = err ? err : pcap_begin(f->next);
	f->figures.bytes = f->next->end;

out:
	if (err)
		mem_deref(f);
	else
		*fp = f;

	return err;
}

static bool is_capture(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".pcap");
}

static int captures_count(uint32_t *countp, const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	uint32_t count = 0;

	if (!dir)
		return errno;

	while ((entry = readdir(dir))) /* cppcheck-suppress readdirCalled ; nobody else has this DIR */
		count += is_capture(entry);

	(void)closedir(dir);
	*countp = count;

	return 0;
}

int trace_file_open(struct trace_file *f)
{
	uint32_t count = 0;
	int err;

	if (mkdir(f->dir, 0750) && errno != EEXIST)
		return errno;

	err = captures_count(&count, f->dir);
	if (err)
		return err;
	if (count >= f->files_max)
		return EDQUOT;

	f->fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);

	return f->fd < 0 ? errno : bytes_write(f->fd, f->next);
}

/* ---------------------------------------------------------------- writing */

static void buffer_write(struct trace_file *f);

static void write_job(void *arg)
{
	struct trace_file *f = arg;

	f->err = bytes_write(f->fd, f->out);
}

static void written_handler(int err, void *arg)
{
	struct trace_file *f = arg;

	f->writing = false;
	if (!err && !f->err && f->next->end)
		buffer_write(f);

	mem_deref(f);
}

static void buffer_write(struct trace_file *f)
{
	struct mbuf *full = f->next;

	tmr_cancel(&f->tmr);
	f->next = f->out;
	f->out = full;
	f->writing = true;

	if (!background_run(f->background, write_job, written_handler, mem_ref(f)))
		return;

	f->out = f->next;
	f->next = full;
	f->writing = false;
	mem_deref(f);
}

static void gathered_handler(void *arg)
{
	struct trace_file *f = arg;

	if (!f->writing && f->next->end)
		buffer_write(f);
}

int trace_file_write(struct trace_file *f, const struct trace_msg *m, const char *text)
{
	const size_t len = MIN(m->len, (uint32_t)TRACE_TEXT_MAX), before = f->next->end;
	int err;

	if (!f->writing && f->err)
		return f->err;

	if (before > BUFFER_MAX) {
		++f->figures.lost;
		return 0;
	}

	memcpy(f->text, text, len);
	trace_text_mask(f->text, len);
	err = pcap_write(f->next, m->time_us, &m->src, &m->dst, f->text, len);
	if (err) {
		++f->figures.lost;
		return 0;
	}

	if (f->figures.bytes + f->next->end - before > f->size_max) {
		f->next->pos = f->next->end = before;
		return EFBIG;
	}

	f->figures.bytes += f->next->end - before;
	++f->figures.messages;
	if (f->writing)
		return 0;

	if (f->next->end >= BUFFER_SIZE / 2)
		buffer_write(f);
	else if (!tmr_isrunning(&f->tmr))
		tmr_start(&f->tmr, GATHER_MS, gathered_handler, f);

	return 0;
}

struct trace_file *trace_file_close(struct trace_file *f)
{
	if (f && f->fd >= 0 && !f->writing && !f->err && f->next->end)
		buffer_write(f);

	return mem_deref(f);
}

const char *trace_file_path(const struct trace_file *f)
{
	return f->path;
}

void trace_file_figures(const struct trace_file *f, struct trace_file_figures *figures)
{
	*figures = f->figures;
}
