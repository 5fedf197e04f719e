/**
 * @file input.c  A whole file, or standard input
 */
#include <stdio.h>
#include <re.h>
#include "ctl.h"
#include "input.h"

enum { READ_SIZE = 64 * 1024, FILE_MIB = 32, MIB = 1024 * 1024, MARGIN = 1024 };

static int stream_read(struct mbuf *mb, FILE *f, size_t max)
{
	uint8_t buf[READ_SIZE];
	size_t n;
	int err = 0;

	while (!err && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		err = mb->end > max ? EFBIG : mbuf_write_mem(mb, buf, n);

	return err ? err : ferror(f) ? errno : 0;
}

int input_read_large(struct mbuf *mb, const char *name, size_t mib)
{
	const bool standard = !str_cmp(name, "-");
	FILE *f = standard ? stdin : fopen(name, "re");
	int err;

	if (!f)
		return ctl_error("%s: %m", name, errno);

	err = stream_read(mb, f, mib * MIB - MARGIN);
	if (!standard)
		(void)fclose(f);

	switch (err) {

	case 0:
		return CTL_OK;
	case EFBIG:
		return ctl_error("%s: larger than %zu MiB; give it in parts", name, mib);
	case EISDIR:
		return ctl_error("%s: this is a folder; name a file, or - for standard input", name);
	default:
		return ctl_error("%s: %m", name, err);
	}
}

int input_read(struct mbuf *mb, const char *name)
{
	return input_read_large(mb, name, FILE_MIB);
}
