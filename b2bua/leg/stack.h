/**
 * @file stack.h  The legs of one interface over its struct sip: the dialog table and what strays in
 */
#ifndef TANDEM_STACK_H
#define TANDEM_STACK_H

#include <re.h>

struct stack;
struct leg;
struct refer_replaces;
struct secure;
struct resolver;

/** Methods that any peer may use, as an Allow header value: what takes a call to be sent is among them. */
extern const char stack_allow[];

/**
 * Make the dialog table of an interface. Its response listener acknowledges retransmitted 2xx and ends
 * forked ones (RFC 3261 13.2.2.4); other stray responses are counted and dropped.
 *
 * @param sip  the interface's SIP stack; referenced
 */
int stack_alloc(struct stack **stackp, struct sip *sip);

/** TLS connections are opened as `secure` says; referenced. Without it there are none. */
void stack_secure_set(struct stack *stack, struct secure *secure);

/** Names in URIs are resolved by `resolver`; referenced. Without it they lead nowhere. */
void stack_resolver_set(struct stack *stack, struct resolver *resolver);

struct sip *stack_sip(const struct stack *stack);

/** Hand over a request that is inside a dialog (To has a tag) or an ACK. False: no such dialog, or it is
 *  a CANCEL of no transaction: 481. */
bool stack_request(struct stack *stack, const struct sip_msg *msg);

/** The leg that a Replaces header names; NULL: none (RFC 3891 3). */
struct leg *stack_replaced(const struct stack *stack, const struct refer_replaces *r);

/** True if a request outside a dialog was sent from this stack. */
bool stack_sent(const struct stack *stack, const struct sip_msg *msg);

/** The process ends: requests under way fail, and legs that await the end of a transaction are dropped. */
void stack_flush(struct stack *stack);

/** Legs alive in this table. */
uint32_t stack_legs(const struct stack *stack);
uint64_t stack_stray_responses(const struct stack *stack);

#endif
