#!/usr/bin/env python3
"""The emulator itself: that it takes what is right, refuses what is wrong, and breaks off where it is told to. TAP."""

import itertools
import sys

import check_answers
import check_client
import check_refusals


def main():
    server, failed = check_client.Emulator(), 0
    results = list(itertools.chain(check_refusals.check(server), check_answers.check(server)))
    print(f"1..{len(results)}")
    for number, (name, got, want) in enumerate(results, 1):
        print(f"{'ok' if got == want else 'not ok'} {number} - {name}")
        if got != want:
            print(f"# got {got}, want {want}")
            failed += 1
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
