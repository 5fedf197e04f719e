/**
 * @file ice_agent.c  A full ICE agent of libre's for guard_media.py: checks the relay, and says what it found
 *
 * It prints its SDP lines, an empty one last; reads the relay's, also up to an empty one; makes its checks as
 * the controlling agent; and prints the address it selected for each component, or what went wrong.
 */
#include <stdio.h>
#include <string.h>
#include <re.h>

enum { COMPONENTS = 2, LINE_SIZE = 512, TIMEOUT_MS = 10000 };

struct agent {
	struct udp_sock *sockv[COMPONENTS];
	struct icem *icem;
	struct tmr timeout;
	int err;
};

static void recv_handler(const struct sa *src, struct mbuf *mb, void *arg)
{
}

static void checked_handler(int err, bool update, void *arg)
{
	struct agent *agent = arg;
	unsigned i;

	agent->err = err;

	for (i = 1; !err && i <= COMPONENTS; i++) {

		const struct sa *addr = icem_lcand_addr(icem_selected_rcand(agent->icem, i));

		if (addr)
			(void)re_printf("selected %u %J\n", i, addr);
	}

	re_cancel();
}

static void timeout_handler(void *arg)
{
	struct agent *agent = arg;

	agent->err = ETIMEDOUT;
	re_cancel();
}

static int agent_open(struct agent *agent)
{
	struct sa local;
	unsigned i;
	int err;

	err = icem_alloc(&agent->icem, ICE_MODE_FULL, ICE_ROLE_CONTROLLING, IPPROTO_UDP, 0, rand_u64(),
			 "agent", "agentpasswordof22bytes", checked_handler, agent);

	for (i = 0; i < COMPONENTS && !err; i++) {

		err = sa_set_str(&local, "127.0.0.1", 0);
		err = err ? err : udp_listen(&agent->sockv[i], &local, recv_handler, agent);
		err = err ? err : udp_local_get(agent->sockv[i], &local);
		err = err ? err : icem_comp_add(agent->icem, i + 1, agent->sockv[i]);
		err = err ? err : icem_cand_add(agent->icem, i + 1, 0, "lo", &local);
	}

	return err;
}

static void lines_print(const struct agent *agent)
{
	struct le *le;

	(void)re_printf("a=ice-ufrag:agent\na=ice-pwd:agentpasswordof22bytes\n");
	for (le = list_head(icem_lcandl(agent->icem)); le; le = le->next)
		(void)re_printf("a=candidate:%H\n", ice_cand_encode, le->data);
	(void)re_printf("\n");
	(void)fflush(stdout);
}

/* "a=name:value"; a line may be the session's or the m-line's. */
static int line_take(struct agent *agent, char *line)
{
	char *name = line + 2, *value = strchr(line, ':');

	line[strcspn(line, "\r\n")] = '\0';
	if (value)
		*value++ = '\0';

	if (!strcmp(name, ice_attr_lite))
		return ice_sdp_decode(agent->icem, name, value);

	return icem_sdp_decode(agent->icem, name, value);
}

static int lines_read(struct agent *agent)
{
	char line[LINE_SIZE];
	int err = 0;

	while (!err && fgets(line, sizeof(line), stdin) && line[0] == 'a')
		err = line_take(agent, line);

	return err;
}

int main(void)
{
	struct agent agent = {.err = 0};
	unsigned i;

	if (libre_init())
		return 1;

	agent.err = agent_open(&agent);
	if (!agent.err) {
		lines_print(&agent);
		agent.err = lines_read(&agent);
	}
	if (!agent.err)
		agent.err = icem_conncheck_start(agent.icem);

	if (!agent.err) {
		tmr_start(&agent.timeout, TIMEOUT_MS, timeout_handler, &agent);
		(void)re_main(NULL);
		tmr_cancel(&agent.timeout);
	}

	if (agent.err)
		(void)re_printf("failed: %m\n", agent.err);

	mem_deref(agent.icem);
	for (i = 0; i < COMPONENTS; i++)
		mem_deref(agent.sockv[i]);
	libre_close();

	return agent.err ? 1 : 0;
}
