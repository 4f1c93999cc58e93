"""Counts what was expected and what came: one printed line each."""

import random


class Checks:
    """`random` is the test's only source of chance, made from the printed seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.passed = self.failed = 0

    def that(self, sentence, holds, detail=""):
        """One expectation."""
        if holds:
            self.passed += 1
            print(f"ok    {sentence}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {sentence}", flush=True)
            for line in str(detail).splitlines()[-40:]:
                print(f"      | {line}", flush=True)

    def figure(self, name, value, unit, at_most=None):
        """A measured value; with a limit it is an expectation too."""
        print(f"figure {name}: {value:.1f} {unit}", flush=True)
        if at_most is not None:
            self.that(f"{name} is at most {at_most} {unit}", value <= at_most, value)

    def finish(self):
        """The last line; the exit status."""
        print(f"image: {self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.failed == 0 and self.passed > 0 else 1
