/**
 * @file api_page.h  A request is answered with a page of rows from the database
 */
#ifndef TANDEM_WEBUI_API_PAGE_H
#define TANDEM_WEBUI_API_PAGE_H

#include "query.h"

struct web;
struct request;

struct api_page {
	const char *key;    /* what the list of rows is called */
	const char *cursor; /* the column whose last value is "next"; NULL: there are no further pages */
};

/** Answer with {KEY: [rows], "next": text or null}, or why the database cannot be read. */
void api_page_answer(struct web *w, struct request *req, const struct query_question *question,
		     const struct api_page *page);

/** The one row of a question, NULL after `missing` (404) or another error was answered. */
struct odict *api_row_get(struct web *w, struct request *req, const struct query_question *question,
			  const char *missing);

/** A text parameter; "" where it is not given. Errors of param_text(). */
int api_text_get(char *buf, size_t size, const struct request *req, const char *name);

#endif
