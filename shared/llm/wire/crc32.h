/*
 * CRC-32 as Ethernet, gzip and PNG have it (ISO 3309, RFC 1952 section 8): polynomial 0x04C11DB7,
 * bits reversed, all ones before and after.
 */
#pragma once

#include "shared/base/str.h"

uint32_t crc32_of(struct str bytes);
