/**
 * @file spool_file.h  The file under spool.h: made whole, checked, mapped into memory
 */
#ifndef TANDEM_SPOOL_FILE_H
#define TANDEM_SPOOL_FILE_H

#include <stdatomic.h>
#include <re.h>

enum { SPOOL_PAGE = 4096 };

/** First page of the file. Everything but the atomics is written once, before the file gets its name. */
struct spool_header {
	char magic[8];
	uint32_t version;
	uint32_t salt; /* starts every CRC: bytes of another spool, or chosen by a caller, never pass */
	uint64_t size; /* of the ring */
	char db_id[40];
	_Alignas(64) _Atomic uint64_t head; /* written by the thread that puts */
	_Atomic int64_t alive_us;           /* the last mark of life */
	_Atomic int64_t run_us, lived_ms;
	_Alignas(64) _Atomic uint64_t tail; /* written by the thread that takes */
};

/**
 * Map the spool file, made first if there is none. The ring lies behind the first page.
 *
 * @param hdrp     munmap() of SPOOL_PAGE + size bytes gives it back
 * @param size     of the ring, if the file is made
 * @param errstr   says what is wrong and the remedy
 */
int spool_file_open(struct spool_header **hdrp, const char *path, size_t size, const char *db_id,
		    char *errstr, size_t errsize);

/** Write a spool from memory, header and ring, into the file that it once was mapped from, or a new one. */
int spool_file_write(const struct spool_header *hdr, const char *path);

#endif
