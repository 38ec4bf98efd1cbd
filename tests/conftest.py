"""What holds for every test run: the skipped ones are counted aloud, and CI allows none."""

import os

import hypothesis
import pytest
from _pytest.terminal import TerminalReporter

# A busy machine is no finding: what must be quick has a bound of its own in its test.
hypothesis.settings.register_profile("sagspost", deadline=None)
# What is handed in is judged by the same examples everywhere; the long run looks for new ones.
hypothesis.settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("sagspost")


def _skipped(reporter: TerminalReporter) -> int:
    return len(reporter.stats.get("skipped", []))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    terminalreporter.write_line(f"skipped tests: {_skipped(terminalreporter)}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, TerminalReporter) and os.environ.get("CI") and _skipped(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
