/**
 * @file main.c  Unit tests of rtprelay/
 */
#include <stddef.h>
#include "unit.h"

extern const struct unit_suite sdp_suite;
extern const struct unit_suite sdp_rewrite_suite;
extern const struct unit_suite sdp_told_suite;
extern const struct unit_suite packet_suite;
extern const struct unit_suite latch_suite;
extern const struct unit_suite ice_suite;
extern const struct unit_suite binding_suite;
extern const struct unit_suite stats_suite;
extern const struct unit_suite emodel_suite;
extern const struct unit_suite quality_suite;
extern const struct unit_suite rtcp_suite;
extern const struct unit_suite ports_suite;
extern const struct unit_suite queue_suite;
extern const struct unit_suite loop_epoll_suite;
extern const struct unit_suite cookie_suite;
extern const struct unit_suite ng_flags_suite;
extern const struct unit_suite ng_clients_suite;
extern const struct unit_suite ng_replies_suite;
extern const struct unit_suite load_suite;
extern const struct unit_suite loop_mark_suite;
extern const struct unit_suite stream_suite;
extern const struct unit_suite session_suite;
extern const struct unit_suite local_suite;
extern const struct unit_suite keying_suite;

int main(int argc, char *argv[])
{
	/* clang-format off */
	static const struct unit_suite *const suitev[] = {
		&sdp_suite,
		&sdp_rewrite_suite,
		&sdp_told_suite,
		&packet_suite,
		&latch_suite,
		&ice_suite,
		&binding_suite,
		&stats_suite,
		&emodel_suite,
		&quality_suite,
		&rtcp_suite,
		&ports_suite,
		&queue_suite,
		&loop_epoll_suite,
		&cookie_suite,
		&ng_flags_suite,
		&ng_clients_suite,
		&ng_replies_suite,
		&load_suite,
		&loop_mark_suite,
		&stream_suite,
		&session_suite,
		&local_suite,
		&keying_suite,
		NULL,
	};
	/* clang-format on */

	return unit_main(suitev, argc, argv);
}
