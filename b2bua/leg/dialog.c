/**
 * @file dialog.c  SIP dialog data
 */
#include <re.h>
#include "dialog.h"

static void replace(char **field, char *value)
{
	mem_deref(*field);
	*field = value;
}

static int contact_uri(char **uri, const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;

	if (!contact || sip_addr_decode(&addr, &contact->val))
		return EBADMSG;

	/* who came without TLS asks for what may not be there: better refused than never hung up */
	if (pl_strcasecmp(&addr.uri.scheme, "sip") &&
	    (pl_strcasecmp(&addr.uri.scheme, "sips") || msg->tp != SIP_TRANSP_TLS))
		return EBADMSG;

	return pl_strdup(uri, &addr.auri);
}

struct route_list {
	struct mbuf *mb;
	char *first; /* URI of the first route */
	bool strict;
};

static bool route_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct route_list *rl = arg;
	struct sip_addr addr;
	struct pl lr;

	(void)msg;

	if (sip_addr_decode(&addr, &hdr->val))
		return true;

	if (!rl->first) {
		rl->strict = 0 != msg_param_exists(&addr.uri.params, "lr", &lr);
		if (pl_strdup(&rl->first, &addr.auri))
			return true;

		if (rl->strict)
			return false;
	}

	return 0 != mbuf_printf(rl->mb, "Route: %r\r\n", &hdr->val);
}

/* The route set: Record-Route as it stands for a UAS, reversed for a UAC (12.1.1, 12.1.2). */
static int routes_learn(struct dialog *dlg, const struct sip_msg *msg)
{
	struct route_list rl = {NULL, NULL, false};
	char *lines = NULL;
	int err = 0;

	rl.mb = mbuf_alloc(256);
	if (!rl.mb)
		return ENOMEM;

	if (sip_msg_hdr_apply(msg, msg->req, SIP_HDR_RECORD_ROUTE, route_handler, &rl)) {
		err = EBADMSG;
		goto out;
	}

	if (!rl.first)
		goto out;

	if (rl.mb->end) {
		rl.mb->pos = 0;
		err = mbuf_strdup(rl.mb, &lines, rl.mb->end);
		if (err)
			goto out;
	}

	replace(&dlg->routes, lines);
	replace(&dlg->next_hop, mem_ref(rl.first));
	replace(&dlg->strict, rl.strict ? mem_ref(rl.first) : NULL);

out:
	mem_deref(rl.first);
	mem_deref(rl.mb);

	return err;
}

int dialog_accept(struct dialog *dlg, const struct sip_msg *msg)
{
	int err;

	(void)re_snprintf(dlg->ltag, sizeof(dlg->ltag), "%016llx", msg->tag);
	dlg->lseq = rand_u16();
	dlg->rseq = msg->cseq.num;
	dlg->rseq_set = true;

	err = contact_uri(&dlg->target, msg);
	if (err)
		return err;

	err = pl_strdup(&dlg->callid, &msg->callid);
	err |= pl_strdup(&dlg->rtag, &msg->from.tag);
	err |= pl_strdup(&dlg->remote, &msg->from.val);
	err |= re_sdprintf(&dlg->local, "%r;tag=%s", &msg->to.val, dlg->ltag);
	if (err)
		return err;

	return routes_learn(dlg, msg);
}

int dialog_start(struct dialog *dlg, const struct pl *from, const struct pl *to, const char *ruri,
		 const char *next_hop)
{
	int err;

	(void)re_snprintf(dlg->ltag, sizeof(dlg->ltag), "%016llx", rand_u64());
	dlg->lseq = rand_u16();

	err = re_sdprintf(&dlg->callid, "%016llx%016llx", rand_u64(), rand_u64());
	err |= re_sdprintf(&dlg->local, "%r;tag=%s", from, dlg->ltag);
	err |= pl_strdup(&dlg->remote, to);
	err |= str_dup(&dlg->target, ruri);
	if (next_hop)
		err |= str_dup(&dlg->next_hop, next_hop);

	return err;
}

static int confirm(struct dialog *dlg, const struct sip_msg *msg, const struct sip_taddr *peer)
{
	char *rtag = NULL, *remote = NULL;
	int err;

	err = pl_strdup(&rtag, &peer->tag);
	err |= pl_strdup(&remote, &peer->val);
	if (err) {
		mem_deref(rtag);
		mem_deref(remote);
		return err;
	}

	replace(&dlg->rtag, rtag);
	replace(&dlg->remote, remote);

	/* without a target to go to, what we dialled by is still the best we have */
	err = dialog_refresh(dlg, msg);
	if (err)
		return err;

	replace(&dlg->next_hop, NULL);
	replace(&dlg->routes, NULL);
	replace(&dlg->strict, NULL);

	return routes_learn(dlg, msg);
}

int dialog_confirm(struct dialog *dlg, const struct sip_msg *msg)
{
	return pl_isset(&msg->to.tag) ? confirm(dlg, msg, &msg->to) : 0;
}

int dialog_confirm_by_request(struct dialog *dlg, const struct sip_msg *msg)
{
	return confirm(dlg, msg, &msg->from);
}

int dialog_refresh(struct dialog *dlg, const struct sip_msg *msg)
{
	char *uri = NULL;
	int err;

	if (!sip_msg_hdr(msg, SIP_HDR_CONTACT))
		return 0;

	err = contact_uri(&uri, msg);
	if (err)
		return err;

	replace(&dlg->target, uri);

	return 0;
}

bool dialog_rseq_take(struct dialog *dlg, const struct sip_msg *msg)
{
	if (dlg->rseq_set && msg->cseq.num <= dlg->rseq)
		return false;

	dlg->rseq = msg->cseq.num;
	dlg->rseq_set = true;

	return true;
}

bool dialog_match(const struct dialog *dlg, const struct sip_msg *msg)
{
	const struct pl *ltag = msg->req ? &msg->to.tag : &msg->from.tag;
	const struct pl *rtag = msg->req ? &msg->from.tag : &msg->to.tag;

	if (pl_strcmp(&msg->callid, dlg->callid) || pl_strcmp(ltag, dlg->ltag))
		return false;

	return !dlg->rtag || !pl_strcmp(rtag, dlg->rtag);
}

const char *dialog_ruri(const struct dialog *dlg)
{
	return dlg->strict ? dlg->strict : dlg->target;
}

const char *dialog_next_hop(const struct dialog *dlg)
{
	return dlg->next_hop ? dlg->next_hop : dlg->target;
}

int dialog_print(struct mbuf *mb, const struct dialog *dlg, uint32_t cseq, const char *met)
{
	int err = 0;

	if (dlg->routes)
		err |= mbuf_write_str(mb, dlg->routes);

	if (dlg->strict)
		err |= mbuf_printf(mb, "Route: <%s>\r\n", dlg->target);

	err |= mbuf_printf(mb,
			   "To: %s\r\n"
			   "From: %s\r\n"
			   "Call-ID: %s\r\n"
			   "CSeq: %u %s\r\n",
			   dlg->remote, dlg->local, dlg->callid, cseq, met);

	return err;
}

uint16_t dialog_uri_port(const struct uri *uri)
{
	struct pl tp;

	if (uri->port)
		return uri->port;

	if (!pl_strcasecmp(&uri->scheme, "sips") ||
	    (!msg_param_decode(&uri->params, "transport", &tp) && !pl_strcasecmp(&tp, "tls")))
		return SIP_PORT_TLS;

	return SIP_PORT;
}

void dialog_reset(struct dialog *dlg)
{
	replace(&dlg->callid, NULL);
	replace(&dlg->rtag, NULL);
	replace(&dlg->local, NULL);
	replace(&dlg->remote, NULL);
	replace(&dlg->target, NULL);
	replace(&dlg->routes, NULL);
	replace(&dlg->next_hop, NULL);
	replace(&dlg->strict, NULL);
}
