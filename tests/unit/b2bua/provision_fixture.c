/**
 * @file provision_fixture.c  Provisioning text straight to a document and a model, without a database
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "provision_fixture.h"

const char provision_base[] =
	"{\"interfaces\": [{\"name\": \"access\", \"listen\": [\"udp:127.0.0.1:5060\", "
	"\"tcp:127.0.0.1:5060\"]},"
	"                  {\"name\": \"carrier\", \"listen\": [\"udp:127.0.0.1:5090\"], \"media\": "
	"\"127.0.0.2\"}],"
	" \"accounts\": [{\"name\": \"acme\", \"currency\": \"CNY\", \"balance\": \"100\"}]}";

int provision_apply(struct provision *p, const char *text, bool prune)
{
	struct fault fault = {p->errstr, sizeof(p->errstr)};
	struct merge merge = {p->draft ? p->draft->doc : NULL, NULL, FORM_JSON, prune};
	struct json_fault jf = {0, 0, NULL};
	struct odict *json = NULL;
	struct draft *draft = NULL;
	struct model *model = NULL;
	int err;

	p->errstr[0] = '\0';

	err = json_read(&json, ODICT_OBJECT, text, strlen(text), &jf);
	if (err)
		(void)re_snprintf(p->errstr, sizeof(p->errstr), "%u:%u: %s", jf.line, jf.column, jf.what);

	merge.json = json;
	if (!err)
		err = draft_merge(&draft, &merge, &fault);
	if (!err)
		err = model_build(&model, draft, &fault);

	if (err) {
		mem_deref(model);
		mem_deref(draft);
	}
	else {
		provision_close(p);
		p->draft = draft;
		p->model = model;
	}

	mem_deref(json);

	return err;
}

void provision_close(struct provision *p)
{
	p->model = mem_deref(p->model);
	p->draft = mem_deref(p->draft);
}
