/*
 * Amazon's event stream encoding: how InvokeWithResponseStream sends an answer in pieces. A message
 * is two lengths and their CRC-32, headers, a payload, and the CRC-32 of all that.
 * Source: Smithy 2.0, "Amazon Event Stream Specification"; Lambda API Reference,
 * "InvokeWithResponseStream".
 */
#pragma once

#include "shared/base/buf.h"

enum { EVENTSTREAM_OVERHEAD_BYTES = 128 }; /* of a message with the three headers we send */

/* Appends an event of this type: "PayloadChunk", "InvokeComplete". */
void eventstream_add(struct buf *out, struct str event_type, struct str content_type,
                     struct str payload);
/* CRC-32 as zlib and Ethernet have it (reflected 0x04C11DB7), of `bytes` after those of `crc`. */
uint32_t crc32_add(uint32_t crc, struct str bytes);
