/**
 * @file unit_provision.c  Unit tests of what is provisioned: documents, models, the store, the control socket
 */
#include "unit.h"

extern const struct unit_suite docs_suite;
extern const struct unit_suite provision_suite;
extern const struct unit_suite refusal_suite;
extern const struct unit_suite model_suite;
extern const struct unit_suite store_suite;
extern const struct unit_suite tariff_suite;

static const struct unit_suite *const suitev[] = {
	&docs_suite, &refusal_suite, &provision_suite, &tariff_suite, &model_suite, &store_suite, NULL,
};

int main(int argc, char *argv[])
{
	return unit_main(suitev, argc, argv);
}
