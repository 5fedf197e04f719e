/**
 * @file asset.c  The web app's files
 */
#include <string.h>
#include <re.h>
#include "asset.h"
#include "request.h"

static const struct asset *asset_find(const char *path)
{
	size_t i;

	for (i = 0; i < assetc; i++)
		if (!strcmp(assetv[i].path, path))
			return &assetv[i];

	return NULL;
}

bool asset_answer(struct request *req, const char *path)
{
	const struct asset *asset = asset_find(path);
	struct answer answer = {.status = 200};
	char header[128];

	if (!asset)
		return false;

	(void)re_snprintf(header, sizeof(header), "Cache-Control: no-cache\r\nETag: %s\r\n", asset->etag);
	answer.header = header;
	answer.type = asset->type;

	if (http_msg_hdr_has_value(req->msg, HTTP_HDR_IF_NONE_MATCH, asset->etag)) {
		answer.status = 304;
	}
	else {
		answer.body = asset->data;
		answer.size = asset->size;
	}

	request_answer(req, &answer);

	return true;
}
