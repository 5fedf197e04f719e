/**
 * @file build_trunk.c  Trunks, the sources they claim, and the routes that lead to them
 */
#include <re.h>
#include "build_part.h"
#include "check.h"

/* ---------------------------------------------------------------- trunks */

static void trunk_destructor(void *arg)
{
	struct trunk *t = arg;

	list_unlink(&t->le);
	mem_deref(t->name);
	mem_deref(t->matchv);
	mem_deref(t->target);
	mem_deref(t->cost_tariff);
	mem_deref(t->auth_user);
	mem_deref(t->auth_password);
	mem_deref(t->auth_realm);
	mem_deref(t->methods);
	mem_deref(t->methods_outside);
	mem_deref(t->allow);
	mem_deref(t->allow_event);
	mem_deref(t->headers_in);
	mem_deref(t->headers_out);
	mem_deref(t->tls);
}

static enum anchor_policy anchor_decode(const char *name)
{
	if (!str_cmp(name, "when_possible"))
		return ANCHOR_WHEN_POSSIBLE;

	return str_cmp(name, "off") ? ANCHOR_REQUIRED : ANCHOR_OFF;
}

static enum srtp_policy srtp_decode(const char *name)
{
	if (!str_cmp(name, "optional"))
		return SRTP_OPTIONAL;

	return str_cmp(name, "required") ? SRTP_OFF : SRTP_REQUIRED;
}

static enum prack_policy prack_decode(const char *name)
{
	if (!str_cmp(name, "off"))
		return PRACK_OFF;
	if (!str_cmp(name, "required"))
		return PRACK_REQUIRED;

	return str_cmp(name, "ignored") ? PRACK_SUPPORTED : PRACK_IGNORED;
}

static enum precondition_policy precondition_decode(const char *name)
{
	if (!str_cmp(name, "relay"))
		return PRECONDITION_RELAY;

	return str_cmp(name, "serve") ? PRECONDITION_OFF : PRECONDITION_SERVE;
}

static enum redirect_policy redirect_decode(const char *name)
{
	if (!str_cmp(name, "follow"))
		return REDIRECT_FOLLOW;

	return str_cmp(name, "pass") ? REDIRECT_REFUSE : REDIRECT_PASS;
}

static enum transfer_policy transfer_decode(const char *name)
{
	if (!str_cmp(name, "pass"))
		return TRANSFER_PASS;

	return str_cmp(name, "serve") ? TRANSFER_REFUSE : TRANSFER_SERVE;
}

static int session_build(const struct build *b, struct session_policy *session)
{
	const struct path at = {&b->at, "session_expires_s", 0};
	const char *use = odict_string(b->o, "session_timer");

	session->use = !str_cmp(use, "off")      ? SESSION_OFF
		       : str_cmp(use, "request") ? SESSION_ACCEPT
						 : SESSION_REQUEST;
	session->expires_s = build_uint_get(b->o, "session_expires_s");
	session->min_se_s = build_uint_get(b->o, "min_se_s");
	session->probe_s = build_uint_get(b->o, "probe_s");

	return session->expires_s >= session->min_se_s
		       ? 0
		       : fault_at(b->fault, &at, "is below \"min_se_s\"; raise it to %u, or lower that",
				  session->min_se_s);
}

static void failover_set(struct trunk *t, unsigned code, bool on)
{
	const unsigned bit = code - 300;

	if (on)
		t->failover[bit / 8] |= (uint8_t)(1u << bit % 8);
	else
		t->failover[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

static int failover_add(const char *text, size_t index, void *arg)
{
	struct trunk *t = arg;
	struct pl pl;
	unsigned code;

	if (!str_cmp(text, "timeout")) {
		failover_set(t, 700, true);
		return 0;
	}

	pl_set_str(&pl, text);

	if (pl.p[1] != 'x') {
		failover_set(t, pl_u32(&pl), true);
		return 0;
	}

	for (code = 0; code < 100; code++)
		failover_set(t, (unsigned)(text[0] - '0') * 100 + code, true);

	return 0;
}

/** What the callee said itself is final, whatever class was listed (RFC 3261 21.4.18, 21.6). */
static int failover_build(struct trunk *t, const struct odict *o)
{
	static const unsigned neverv[] = {486, 487, 600, 603};
	size_t i;
	int err;

	err = object_items(o, "failover", failover_add, t);

	for (i = 0; i < ARRAY_SIZE(neverv); i++)
		failover_set(t, neverv[i], false);

	return err;
}

static int method_add(const char *text, size_t index, void *arg)
{
	return mbuf_printf(arg, "%s%s", index ? ", " : "", text);
}

static int method_list(char **methodsp, const struct odict *o, const char *key)
{
	struct mbuf *mb = mbuf_alloc(64);
	int err;

	if (!mb)
		return ENOMEM;

	err = object_items(o, key, method_add, mb);
	mb->pos = 0;
	err = err ? err : mbuf_strdup(mb, methodsp, mb->end);
	mem_deref(mb);

	return err;
}

/** Those that every call needs stand in front; OPTIONS is answered also where it does not cross. */
static int methods_build(struct trunk *t, const struct odict *o)
{
	static const struct pl options = PL("OPTIONS"), subscribe = PL("SUBSCRIBE"), notify = PL("NOTIFY");
	int err;

	err = method_list(&t->methods, o, "methods");
	err = err ? err : method_list(&t->methods_outside, o, "methods_outside");

	err = err ? err
		  : re_sdprintf(&t->allow, "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK%s%s%s%s",
				t->transfer == TRANSFER_REFUSE ? "" : ", REFER",
				trunk_passes(t, &options) ? "" : ", OPTIONS", *t->methods ? ", " : "",
				t->methods);

	return err ? err
		   : re_sdprintf(&t->allow_event, "%s%s%s", t->allow,
				 trunk_passes(t, &subscribe) ? "" : ", SUBSCRIBE",
				 trunk_passes(t, &notify) ? "" : ", NOTIFY");
}

static int match_add(const char *text, size_t index, void *arg)
{
	struct trunk *t = arg;

	return match_decode(&t->matchv[t->matchc++], text);
}

static int matches_build(struct trunk *t, const struct odict *o, const struct target *target)
{
	const size_t count = build_list_size(o, "match");

	t->matchv = mem_zalloc((count ? count : 1) * sizeof(*t->matchv), NULL);
	if (!t->matchv)
		return ENOMEM;

	if (count)
		return object_items(o, "match", match_add, t);

	if (t->target && sa_af(&target->addr) != AF_UNSPEC) {
		t->matchv[0].addr = target->addr;
		t->matchv[0].prefix = sa_af(&target->addr) == AF_INET ? 32 : 128;
		t->matchc = 1;
	}

	return 0;
}

static bool interface_reaches(const struct interface *i, const struct target *target)
{
	const enum sip_transp tp = target->tp;
	const int af = sa_af(&target->addr);
	size_t n;

	for (n = 0; n < i->listenc; n++)
		if ((tp == SIP_TRANSP_NONE || tp == i->listenv[n].tp) &&
		    (af == AF_UNSPEC || af == sa_af(&i->listenv[n].addr)))
			return true;

	return false;
}

static int target_check(const struct build *b, const struct trunk *t, const struct target *target)
{
	const struct path at = {&b->at, "target", 0};

	if (!t->target && !build_list_size(b->o, "match"))
		return fault_at(b->fault, &b->at,
				"has neither \"target\" nor \"match\", so no call could come "
				"from it or go to it; give one of them");

	if (t->target && !interface_reaches(t->interface, target))
		return fault_at(b->fault, &at,
				"%H cannot be reached from interface %H, which listens on no "
				"address of that family and transport; add one to its \"listen\"",
				quote_print, t->target, quote_print, t->interface->name);

	return 0;
}

static int trunk_refs(const struct build *b, struct trunk *t)
{
	const struct path at = {&b->at, "interface", 0};
	const char *name = odict_string(b->o, "interface");
	int err;

	t->interface = model_interface(b->m, name);
	if (!t->interface)
		return build_reference_fault(b, &at, "interface", name);

	t->account = b->m->default_account;
	err = build_account_resolve(b, &t->account, "account");
	if (err)
		return err;

	return build_tariff_note(b, "cost_tariff", t->cost_tariff);
}

static int credentials_check(const struct build *b, const struct trunk *t)
{
	const struct path user = {&b->at, "auth_user", 0}, password = {&b->at, "auth_password", 0};

	if (t->auth_user && !t->auth_password)
		return fault_at(b->fault, &password,
				"is missing beside \"auth_user\"; give it, for an export leaves it out");

	if (!t->auth_user && t->auth_password)
		return fault_at(b->fault, &user,
				"is missing beside \"auth_password\"; give it, or null as the password");

	return 0;
}

static int tls_build(struct trunk *t, const struct odict *o)
{
	int err = tls_peer_alloc(&t->tls);

	if (err)
		return err;

	t->tls->verify = build_bool_get(o, "tls_verify");
	err = build_str_take(&t->tls->label, o, "name");
	err |= build_str_take(&t->tls->ca, o, "tls_ca");
	err |= build_str_take(&t->tls->name, o, "tls_name");
	err |= build_str_take(&t->tls->cert, o, "tls_cert");

	return err;
}

static int trunk_fill(const struct build *b, struct trunk *t)
{
	struct target target = {SIP_TRANSP_NONE, {.len = 0}};
	int err;

	t->enabled = build_bool_get(b->o, "enabled");
	t->anchor = anchor_decode(odict_string(b->o, "anchor"));
	t->srtp = srtp_decode(odict_string(b->o, "srtp"));
	t->prack_in = prack_decode(odict_string(b->o, "prack_in"));
	t->prack_out = prack_decode(odict_string(b->o, "prack_out"));
	t->precondition = precondition_decode(odict_string(b->o, "precondition"));
	t->transfer = transfer_decode(odict_string(b->o, "transfer"));
	t->redirect = redirect_decode(odict_string(b->o, "redirect"));
	t->trust = build_bool_get(b->o, "trust");
	t->timeout_ms = build_uint_get(b->o, "timeout_s") * 1000;
	t->ring_timeout_ms = build_uint_get(b->o, "ring_timeout_s") * 1000;
	t->max_duration_ms = build_uint_get(b->o, "max_duration_s") * 1000;
	t->max_calls = build_uint_get(b->o, "max_calls");
	t->max_subscriptions = build_uint_get(b->o, "max_subscriptions");

	err = build_str_take(&t->name, b->o, "name");
	err |= build_str_take(&t->target, b->o, "target");
	err |= build_str_take(&t->cost_tariff, b->o, "cost_tariff");
	err |= build_str_take(&t->auth_user, b->o, "auth_user");
	err |= build_str_take(&t->auth_password, b->o, "auth_password");
	err |= build_str_take(&t->auth_realm, b->o, "auth_realm");
	err |= tls_build(t, b->o);
	if (!err && t->target)
		err = target_decode(&target, t->target);
	if (!err)
		err = trunk_refs(b, t);
	if (!err)
		err = target_check(b, t, &target);
	if (!err)
		err = credentials_check(b, t);
	if (!err)
		err = session_build(b, &t->session);
	if (!err)
		err = matches_build(t, b->o, &target);
	if (!err)
		err = failover_build(t, b->o);
	if (!err)
		err = methods_build(t, b->o);
	if (!err)
		err = build_header_rules(b, &t->headers_in, "headers_in");
	if (!err)
		err = build_header_rules(b, &t->headers_out, "headers_out");

	return err;
}

int build_trunk(const struct build *b)
{
	struct trunk *t;
	int err;

	t = mem_zalloc(sizeof(*t), trunk_destructor);
	if (!t)
		return ENOMEM;

	err = trunk_fill(b, t);
	if (!err)
		err = model_name_add(b->m, NAME_TRUNK, t->name, t);

	if (err)
		mem_deref(t);
	else
		list_append(&b->m->trunkl, &t->le, t);

	return err;
}

/* ---------------------------------------------------------------- sources */

/** In which order trunks claim their sources: what is written comes before what is derived. */
static const struct claim {
	bool enabled, written;
} claimv[] = {{true, true}, {true, false}, {false, true}, {false, false}};

/** The fault stands at the trunk that was just applied, if only one of the two was. */
static int claim_fault(struct build *b, const struct trunk *t, size_t index, const struct trunk *owner)
{
	struct path field = {&b->at, "match", 0}, at = {&field, NULL, index};
	const struct odict *trunks = document_objects(b->draft->doc, b->kind);
	const bool mine = draft_origin(b->draft, b->kind, t->name) >= 0 ||
			  draft_origin(b->draft, b->kind, owner->name) < 0;

	build_enter(b, odict_lookup(trunks, mine ? t->name : owner->name)->u.odict);

	return fault_at(b->fault, mine ? &at : &field,
			"%j%s is a source of trunk %H on the same interface too; give it to one of them",
			&t->matchv[index].addr, sa_port(&t->matchv[index].addr) ? " with its port" : "",
			quote_print, mine ? owner->name : t->name);
}

static int trunk_claim(struct build *b, const struct trunk *t, bool exclusive)
{
	size_t i;
	int err;

	for (i = 0; i < t->matchc; i++) {

		const struct trunk *owner = NULL;

		err = model_match_add(b->m, t, &t->matchv[i], &owner);
		if (err)
			return err;

		if (owner && exclusive)
			return claim_fault(b, t, i, owner);
	}

	return 0;
}

int build_sources(struct build *b)
{
	const struct odict *trunks = document_objects(b->draft->doc, b->kind);
	const struct le *le;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(claimv); i++) {

		for (le = b->m->trunkl.head; le && !err; le = le->next) {

			const struct trunk *t = le->data;
			const bool written = build_list_size(odict_lookup(trunks, t->name)->u.odict, "match");

			if (t->enabled == claimv[i].enabled && written == claimv[i].written)
				err = trunk_claim(b, t, t->enabled && written);
		}
	}

	return err;
}

/* ---------------------------------------------------------------- routes */

static void route_destructor(void *arg)
{
	struct route *r = arg;

	hash_unlink(&r->he);
	list_unlink(&r->le);
	mem_deref(r->prefix);
	mem_deref(r->trunkv);
}

struct route_build {
	const struct build *b;
	struct route *route;
};

static int candidate_add(const char *text, size_t index, void *arg)
{
	const struct route_build *rb = arg;
	const struct path field = {&rb->b->at, "trunks", 0}, at = {&field, NULL, index};
	const struct trunk *t = model_trunk(rb->b->m, text);

	if (!t)
		return build_reference_fault(rb->b, &at, "trunk", text);

	if (!t->target)
		return fault_at(rb->b->fault, &at,
				"trunk %H has no \"target\", so no call can go to it; give it "
				"one or leave it out",
				quote_print, text);

	rb->route->trunkv[rb->route->trunkc++] = t;

	return 0;
}

int build_route(const struct build *b)
{
	struct route_build rb = {b, NULL};
	int err;

	rb.route = mem_zalloc(sizeof(*rb.route), route_destructor);
	if (!rb.route)
		return ENOMEM;

	rb.route->trunkv = mem_zalloc(build_list_size(b->o, "trunks") * sizeof(const struct trunk *), NULL);

	err = rb.route->trunkv ? build_str_take(&rb.route->prefix, b->o, "prefix") : ENOMEM;
	if (!err)
		err = object_items(b->o, "trunks", candidate_add, &rb);

	if (err) {
		mem_deref(rb.route);
		return err;
	}

	list_append(&b->m->routel, &rb.route->le, rb.route);
	model_route_add(b->m, rb.route);

	return 0;
}
