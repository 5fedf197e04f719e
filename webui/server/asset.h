/**
 * @file asset.h  The web app's files, compiled into the program
 */
#ifndef TANDEM_WEBUI_ASSET_H
#define TANDEM_WEBUI_ASSET_H

#include <stdbool.h>
#include <stddef.h>

struct request;

struct asset {
	const char *path; /* "/style.css" */
	const char *type;
	const char *etag; /* with its quotes */
	const unsigned char *data;
	size_t size;
};

/* made by webui/embed.py */
extern const struct asset assetv[];
extern const size_t assetc;

/** Answer with a file, or with 304 when the client has it (RFC 9110 section 13.1.2). False: no such file. */
bool asset_answer(struct request *req, const char *path);

#endif
