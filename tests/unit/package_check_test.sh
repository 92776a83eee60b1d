#!/bin/bash
# Counted with the unit tests; it lives beside what it tests.
exec infra/package/check_test.sh
