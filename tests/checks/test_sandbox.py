"""Written checks: right and batched where they behave, harmless where they do not."""

import os
import random
import resource
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from checks.outcomes import CheckOutcome
from checks.sandbox import (
    SandboxLimits,
    compile_written_check,
    run_written_check,
)
from checks.sandbox.judging import outcomes_of
from checks.sandbox.problems import ENDED_UNEXPECTEDLY
from checks.sandbox.session import check_session, feed, sandbox_pool

LIMITS = SandboxLimits(seconds=0.3)
# Starting, and being killed a second after the limit, for a batch and three single outputs.
HARMLESS_SECONDS = 10


def body(*lines: str) -> str:
    """Write a check of these lines."""
    return "\n".join(["def check(prompt: str, response: str) -> bool:", *(f"    {line}" for line in lines)])


def outcome_of(source: str, *, response: str = "r", limits: SandboxLimits = LIMITS) -> CheckOutcome:
    return run_written_check(source, [("p", response)], limits=limits)[0]


EARLIER: set[psutil.Process] = set()


@pytest.fixture(autouse=True)
def earlier_processes() -> None:
    """Note what this process had started before the test, such as the database of other tests."""
    EARLIER.clear()
    EARLIER.update(psutil.Process().children())


def sandbox_processes() -> list[psutil.Process]:
    """Return the processes that the test started and theirs, parents before their children."""
    started = [child for child in psutil.Process().children() if child not in EARLIER]
    found: list[psutil.Process] = []
    for child in started:
        with suppress(psutil.NoSuchProcess):
            found += [child, *child.children(recursive=True)]
    return found


def wait_for_process(name: str, *, seconds: float = 10) -> psutil.Process:
    """Return a process of that name that this one started, or that one of those did."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        for child in sandbox_processes():
            with suppress(psutil.NoSuchProcess):
                if child.name() == name:
                    return child
        time.sleep(0.01)
    message = f"No process named {name} was started."
    raise AssertionError(message)


HARMFUL = {
    "endless loop": (body("while True: pass"), "took longer than 0.3 s"),
    "endless loop that catches everything": (
        body("while True:", "  try:", "    while True: pass", "  except BaseException: pass"),
        "took longer than 0.3 s",
    ),
    "10 GB allocation": (body("return len('x' * 10**10) > 0"), "more than 64 MB of memory"),
    "list that grows": (body("grown = []", "while True: grown.append('x' * 1000)"), "more than 64 MB"),
    "huge number": (body("return 10 ** (10**9) > 0"), "more than 64 MB of memory"),
    "deep recursion": (body("return check(prompt, response)"), "RecursionError"),
    "fork bomb": (body("import os", "while True: os.fork()"), "AttributeError"),
    "subprocess": (body("import subprocess", "return True"), "No module named 'subprocess'"),
    "shell": (body("import os", "os.system('true')"), "AttributeError"),
    "socket": (body("import socket", "return True"), "No module named 'socket'"),
    "native code": (body("import ctypes", "return True"), "No module named 'ctypes'"),
    "file read": (body("return 'root' in open('/etc/passwd').read()"), "PermissionError"),
    "file write": (body("open('/tmp/harken-escaped', 'w').write('x')"), "PermissionError"),
    "folder listing": (body("import os", "return len(os.listdir('/')) > 0"), "PermissionError"),
    "environment": (body("import os", "return 'PATH' in os.environ"), "not supported"),
    "regex that backtracks": (
        body("import re", "return bool(re.match(r'(a|aa)+\\1$', 'a' * 5000 + 'b'))"),
        "backtracking",
    ),
    "endless printing": (body("while True: print('x' * 1000)"), "took longer than 0.3 s"),
    "exit": (body("raise SystemExit('bye')"), "SystemExit"),
    "interruption": (body("raise KeyboardInterrupt"), "KeyboardInterrupt"),
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_a_harmful_check_ends_as_an_error_of_its_output_within_its_limit(kind: str) -> None:
    source, words = HARMFUL[kind]
    started_at = time.monotonic()
    outcome = outcome_of(source)
    assert time.monotonic() - started_at < HARMLESS_SECONDS
    assert outcome.has_no_verdict
    assert words in outcome.sentence
    assert not Path("/tmp/harken-escaped").exists()


@pytest.mark.parametrize("kind", HARMFUL)
def test_code_that_harms_while_it_is_loaded_is_a_problem_of_the_code(kind: str) -> None:
    source, _ = HARMFUL[kind]
    problem = compile_written_check(f"{source}\ncheck('p', 'r')", limits=LIMITS)
    assert problem
    assert problem.endswith(".")


def test_a_regex_that_would_explode_is_answered() -> None:
    source = body("import re", "return re.match('(a+)+$', response) is None")
    assert outcome_of(source, response="a" * 5000 + "b") == CheckOutcome(passed=True)


def test_a_correct_check_over_two_thousand_outputs_is_right() -> None:
    dice = random.Random(1)
    cases = [("count", "word " * dice.randint(0, 200)) for _ in range(2000)]
    outcomes = run_written_check(body("return len(response.split()) <= 100"), cases)
    assert [outcome.passed for outcome in outcomes] == [len(response.split()) <= 100 for _, response in cases]


def test_two_thousand_outputs_are_asked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counting_feed(session: object, code: str, **inputs: list[object]) -> object:
        sizes.extend(len(asked) for asked in inputs.values())
        return feed(session, code, **inputs)  # type: ignore[arg-type]

    monkeypatch.setattr("checks.sandbox.judging.feed", counting_feed)
    outcomes_of(body("return True"), cases=[("p", "r")] * 2000, limits=LIMITS)
    assert sizes == [1, 1000, 1000]


def test_only_the_output_that_overruns_is_an_error() -> None:
    source = body("while response == 'endless': pass", "return prompt == response")
    outcomes = run_written_check(source, [("a", "a"), ("b", "endless"), ("c", "d")], limits=LIMITS)
    assert [outcome.passed for outcome in outcomes] == [True, None, False]


def test_after_several_overruns_the_rest_is_not_tried() -> None:
    started_at = time.monotonic()
    outcomes = run_written_check(body("while True: pass"), [("p", "r")] * 5000, limits=LIMITS)
    assert time.monotonic() - started_at < HARMLESS_SECONDS
    assert len(outcomes) == 5000
    assert "not tried" in outcomes[-1].sentence


def test_a_check_that_uses_up_all_time_leaves_the_rest_unjudged() -> None:
    limits = SandboxLimits(seconds=0.3, total_seconds=0.5, overruns=100)
    outcomes = run_written_check(body("while True: pass"), [("p", "r")] * 50, limits=limits)
    assert "used all of its time" in outcomes[-1].sentence


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("'yes'", "returned str"),
        ("1", "returned int"),
        ("None", "returned NoneType"),
        ("[]", "returned list"),
    ],
)
def test_what_is_not_a_bool_is_an_error(returned: str, words: str) -> None:
    assert words in outcome_of(body(f"return {returned}")).sentence


def test_an_exception_is_the_outcome_of_its_output_and_names_itself() -> None:
    outcome = outcome_of(body("raise ValueError('odd answer')"))
    assert outcome == CheckOutcome(passed=None, sentence="The check raised ValueError: odd answer.")


def test_clock_and_chance_are_fixed() -> None:
    source = body(
        "import time, random, datetime",
        "raise ValueError(str([time.time(), time.perf_counter(), random.random(), datetime.datetime.now()]))",
    )
    first = outcome_of(source)
    time.sleep(0.01)
    assert outcome_of(source) == first
    assert "1704067200" in first.sentence


def test_sleeping_takes_no_time() -> None:
    started_at = time.monotonic()
    assert outcome_of(body("import time", "time.sleep(5)", "return True")).passed
    assert time.monotonic() - started_at < 2


def test_printing_does_no_harm_and_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome_of(body("print('secret')", "return True")).passed
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("text", ["lone \ud800 surrogate", "\x00", "👩‍👩‍👧", "x" * 3_000_000, ""])
def test_any_text_can_be_checked(text: str) -> None:
    assert outcome_of(body("return len(response) >= 0"), response=text).passed


def test_no_outputs_give_no_outcomes() -> None:
    assert run_written_check(body("return True"), []) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "defines no function named check"),
        ("x = 1", "defines no function named check"),
        ("def check(prompt, response):\n    return (", "Line 2: This is not Python"),
        ("x = 1\n\n1 / 0\n" + body("return True"), "Line 3: The check raised ZeroDivisionError"),
        ("def check(response):\n    return True", "must take two arguments"),
        ("def check(a, b, c):\n    return True", "must take two arguments"),
        ("import socket\n" + body("return True"), "The sandbox has, among others: re, json"),
        ("class A(dict):\n    pass\n" + body("return True"), "does not know this part of Python"),
        ("#" * 60_000, "at most 50,000 are run"),
        ("(" * 10_000, "Python"),
        ("\ud800", "Python"),
    ],
)
def test_code_that_cannot_run_is_told_in_a_sentence_and_gives_errors(source: str, words: str) -> None:
    problem = compile_written_check(source)
    assert problem is not None
    assert words in problem
    assert outcome_of(source) == CheckOutcome(passed=None, sentence=problem)


def test_code_that_can_run_has_no_problem() -> None:
    assert compile_written_check(body("return 'x' in response")) is None


def test_a_check_that_tampers_with_its_driver_gives_no_wrong_shape() -> None:
    source = body("global _harken_verdict", "_harken_verdict = lambda p, r: [1, 2]", "return True")
    outcomes = run_written_check(source, [("p", "r")] * 3)
    assert len(outcomes) == 3
    assert all(isinstance(outcome, CheckOutcome) for outcome in outcomes)


def test_the_process_of_the_sandbox_is_confined_by_the_kernel_too() -> None:
    with sandbox_pool(LIMITS) as pool, check_session(pool, limits=LIMITS) as session:
        assert session.worker_pid not in (None, os.getpid())
        assert resource.prlimit(session.worker_pid or 0, resource.RLIMIT_FSIZE) == (0, 0)
        assert resource.prlimit(session.worker_pid or 0, resource.RLIMIT_AS)[1] < 2 * 1024**3


def test_a_sandbox_killed_from_outside_is_an_error_and_the_next_runs() -> None:
    outcomes: list[CheckOutcome] = []
    source = body("while True: pass")
    limits = SandboxLimits(seconds=20, overruns=1)
    run = threading.Thread(
        target=lambda: outcomes.extend(run_written_check(source, [("p", "r")], limits=limits))
    )
    run.start()
    while run.is_alive():
        with suppress(AssertionError, psutil.NoSuchProcess):
            wait_for_process("monty", seconds=0.1).kill()
    assert outcomes == [CheckOutcome(passed=None, sentence=ENDED_UNEXPECTEDLY)]
    assert outcome_of(body("return True")).passed


def test_no_process_is_left_behind() -> None:
    outcome_of(body("while True: pass"))
    assert sandbox_processes() == []


def test_checks_run_in_several_threads_at_once() -> None:
    outcomes: list[CheckOutcome] = []
    runs = [
        threading.Thread(target=lambda: outcomes.append(outcome_of(body("return True")))) for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [outcome.passed for outcome in outcomes] == [True] * 4


def test_the_environment_of_the_sandbox_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARKEN_SECRET_KEY", "secret")
    run = threading.Thread(target=lambda: outcome_of(body("while True: pass")))
    run.start()
    wait_for_process("monty")
    environments = [child.environ() for child in sandbox_processes()]
    run.join()
    assert len(environments) == 2
    assert not any("HARKEN_SECRET_KEY" in environment for environment in environments)


def test_a_sandbox_that_hangs_beyond_all_limits_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.sandbox.asking.GRACE_SECONDS", 0.5)
    outcomes: list[CheckOutcome] = []
    limits = SandboxLimits(seconds=20, total_seconds=1)
    source = body("while True: pass")
    run = threading.Thread(target=lambda: outcomes.append(outcome_of(source, limits=limits)))
    run.start()
    wait_for_process("monty")
    sandbox_processes()[0].suspend()
    run.join(timeout=HARMLESS_SECONDS)
    assert outcomes == [CheckOutcome(passed=None, sentence=ENDED_UNEXPECTEDLY)]
    assert sandbox_processes() == []


def test_a_forked_worker_can_run_checks_after_its_parent_has() -> None:
    assert outcome_of(body("return True")).passed
    child = os.fork()
    if child == 0:
        os._exit(0 if outcome_of(body("return True")).passed else 1)
    assert os.waitpid(child, 0)[1] == 0
