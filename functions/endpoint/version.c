#include "functions/endpoint/version.h"

#ifndef CLAMBDA_VERSION
#error "the Makefile gives CLAMBDA_VERSION and CLAMBDA_COMMIT to this file"
#endif

const char build_version[] = CLAMBDA_VERSION;
const char build_commit[] = CLAMBDA_COMMIT;
