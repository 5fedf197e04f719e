/**
 * @file unit_engine.c  Unit tests of the engine: door, leg, route, call
 */
#include <re.h>
#include "wheel.h"
#include "unit.h"

extern const struct unit_suite engine_tables_suite;
extern const struct unit_suite packet_suite;
extern const struct unit_suite connect_suite;
extern const struct unit_suite trace_suite;
extern const struct unit_suite answer_suite;
extern const struct unit_suite header_id_suite;
extern const struct unit_suite frame_suite;
extern const struct unit_suite comma_suite;
extern const struct unit_suite dns_suite;
extern const struct unit_suite number_suite;
extern const struct unit_suite dialog_suite;
extern const struct unit_suite content_suite;
extern const struct unit_suite parts_suite;
extern const struct unit_suite header_suite;
extern const struct unit_suite header_set_suite;
extern const struct unit_suite sdp_suite;
extern const struct unit_suite digest_suite;
extern const struct unit_suite leg_suite;
extern const struct unit_suite leg_dialog_suite;
extern const struct unit_suite leg_auth_suite;
extern const struct unit_suite leg_cancel_suite;
extern const struct unit_suite prack_suite;
extern const struct unit_suite early_suite;
extern const struct unit_suite session_timer_suite;
extern const struct unit_suite load_suite;
extern const struct unit_suite relay_suite;
extern const struct unit_suite media_suite;
extern const struct unit_suite call_quality_suite;
extern const struct unit_suite farm_suite;
extern const struct unit_suite renew_suite;
extern const struct unit_suite origin_suite;
extern const struct unit_suite redirect_suite;
extern const struct unit_suite refer_suite;
extern const struct unit_suite call_suite;
extern const struct unit_suite subscription_suite;
extern const struct unit_suite door_suite;

int main(int argc, char *argv[])
{
	/* clang-format off */
	static const struct unit_suite *const suitev[] = {
		&engine_tables_suite,
		&packet_suite,
		&connect_suite,
		&trace_suite,
		&answer_suite,
		&header_id_suite,
		&frame_suite,
		&comma_suite,
		&dns_suite,
		&number_suite,
		&dialog_suite,
		&content_suite,
		&parts_suite,
		&header_suite,
		&header_set_suite,
		&sdp_suite,
		&digest_suite,
		&leg_suite,
		&leg_dialog_suite,
		&leg_auth_suite,
		&leg_cancel_suite,
		&prack_suite,
		&early_suite,
		&session_timer_suite,
		&load_suite,
		&relay_suite,
		&media_suite,
		&call_quality_suite,
		&farm_suite,
		&renew_suite,
		&origin_suite,
		&redirect_suite,
		&refer_suite,
		&call_suite,
		&subscription_suite,
		&door_suite,
		NULL,
	};
	/* clang-format on */

	return unit_main(suitev, argc, argv);
}
