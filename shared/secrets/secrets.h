/*
 * Secrets by ARN, of AWS Secrets Manager or of Systems Manager's Parameter Store: fetched when
 * first asked for, kept for five minutes, fetched anew once somebody says that the value does not
 * work any more.
 *
 * The calls are GetSecretValue, version AWSCURRENT, and GetParameter, decrypted, signed with the
 * credentials of the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN),
 * which for a Lambda function are its role's. The region is the ARN's; the address follows from it
 * unless AWS_ENDPOINT_URL_SECRETS_MANAGER or AWS_ENDPOINT_URL_SSM is set, which may be http:// on
 * this machine only.
 *
 * With SECRETS_EXTENSION=true it is the AWS Parameters and Secrets Lambda Extension that is asked,
 * at localhost:2773 or PARAMETERS_SECRETS_EXTENSION_HTTP_PORT, unsigned, with AWS_SESSION_TOKEN as
 * its token. It keeps values for five minutes itself; so after a refusal the service is asked.
 *
 * Left to others: what a value means. Not here: credentials from a file, a profile, a container or
 * instance metadata; a Lambda function has them in its environment.
 *
 * Source: AWS Secrets Manager API Reference, "GetSecretValue", "CommonErrors"; AWS Systems Manager
 * API Reference, "GetParameter"; AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
#pragma once

#include "shared/base/ctx.h"
#include "shared/http/http.h"
#include "shared/secrets/secret.h"

struct secrets;

enum {
    SECRETS_KEPT_S = 300,
    SECRETS_REFUSAL_GAP_S = 5, /* refused over and over, it is fetched once in so long */
    SECRETS_MAX = 16,          /* different ARNs a process may ask for */
    SECRETS_MAX_BYTES = 65536, /* the service's own limit */
};

/* Sends nothing and reads nothing. `http` is not owned and must outlive it. */
struct secrets *secrets_new(struct http *http);
/* Wipes all values. `secrets` may be NULL. */
void secrets_free(struct secrets *secrets);

/*
 * Whether `arn` names a secret, arn:partition:secretsmanager:region:account:secret:name, or a
 * parameter, arn:partition:ssm:region:account:parameter/name.
 *
 * ERR_INVALID  it does not
 */
enum status secrets_arn_check(struct ctx *cx, struct str arn) MUST_CHECK;

/*
 * The value of `arn` at `now_ms` (Unix epoch), which lasts until the next call for this `arn`. One
 * that cannot be fetched again (no answer, the service's own fault, throttled) stays in use past
 * its time, with a warning in the log; one that is refused does not.
 *
 * A call ends at 3 s an attempt or the deadline, and is tried once more if there was no answer, if
 * it was throttled, or if the service failed. The words hold the ARN and the kind of failure.
 *
 * ERR_INVALID          not such an ARN, or a partition without a known address
 * ERR_INTERNAL         the environment has no credentials; SECRETS_EXTENSION or its port is at
 * fault; more than SECRETS_MAX ARNs ERR_FORBIDDEN        the role may not read it, or not decrypt
 * it ERR_UNAUTHENTICATED  the credentials are expired or unknown, or the clock is off; the
 * extension refused the token ERR_NOT_FOUND        no such secret, no value in it yet, or marked
 * for deletion ERR_RATE_LIMITED     throttled, twice ERR_TOO_LARGE        more than
 * SECRETS_MAX_BYTES ERR_TIMEOUT, ERR_UPSTREAM  no answer in time; no answer that can be understood
 */
enum status secrets_get(struct ctx *cx, struct secrets *secrets, struct str arn, int64_t now_ms,
                        const struct secret **secret) MUST_CHECK;

/*
 * Says that the value given last did not work (a login was refused): the next `secrets_get` fetches
 * it anew, unless that was done within SECRETS_REFUSAL_GAP_S.
 */
void secrets_refused(struct secrets *secrets, struct str arn, int64_t now_ms);
