#!/bin/bash
# Counted with the unit tests; it lives beside what it tests.
exec infra/setup/forbidden_test.sh
