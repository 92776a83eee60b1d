/*
 * A message in SQS's JSON protocol: as it is sent, and as it is received. Source: Amazon SQS API
 * Reference, "SendMessage", "ReceiveMessage".
 */
#pragma once

#include "infra/local/source/sqs_call.h"

/* The members that describe a message to send; views of the input. False: the call's fault says. */
bool sqs_message_read(struct sqs_call *call, const struct json *object, struct queue_send *send,
                      struct message_attribute *attributes);
void sqs_message_write(struct sqs_call *call, struct message *message);
