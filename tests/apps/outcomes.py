# SPDX-License-Identifier: GPL-2.0-only
"""outcomes.py NAME...: runs tests of Python's own suite (modules, or MODULE.CLASS) and prints a
line "OUTCOME TEST" for each; what the failing ones say goes to standard error."""

import os
import sys
import traceback
import unittest

from test import support


class Outcomes(unittest.TestResult):
    # The suite prints as well; ours is the only thing on its standard output.
    out = os.fdopen(os.dup(1), "w", buffering=1)

    def say(self, outcome, test):
        print(outcome, test.id(), file=self.out)

    def addSuccess(self, test):
        self.say("ok", test)

    def addSkip(self, test, reason):
        self.say("skipped", test)

    def addExpectedFailure(self, test, err):
        self.say("ok", test)

    def addUnexpectedSuccess(self, test):
        self.say("failed", test)

    def complain(self, test, err):
        self.say("failed", test)
        print("====", test.id(), file=sys.stderr)
        traceback.print_exception(*err)
        sys.stderr.flush()

    addFailure = addError = complain

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.complain(subtest, err)


support.use_resources = []  # no hosts of the internet
suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
os.dup2(2, 1)
suite.run(Outcomes())
Outcomes.out.flush()
# Threads that a failed test left behind must not keep the process.
os._exit(0)
