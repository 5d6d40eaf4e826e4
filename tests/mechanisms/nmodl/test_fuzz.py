"""Whatever the text, `parse` gives a tree or an NmodlError, soon."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.mechanisms.nmodl.fuzz import changed, from_grammar, own, tried

_CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _soon(text: str) -> str:
    start = time.process_time()
    outcome = tried(text)
    assert time.process_time() - start < 5  # a hang, not a busy machine, decides; `fuzz` tells the times
    return outcome


@given(from_grammar())
@_CALM
def test_texts_from_the_grammar(text: str) -> None:
    _soon(text)


@given(st.text(max_size=300))
@_CALM
def test_any_text(text: str) -> None:
    _soon(text)


def test_changed_texts() -> None:
    rng = random.Random(3)  # noqa: S311  nothing is kept secret by it
    texts = own()
    outcomes = {_soon(changed(texts, rng)) for _ in range(250)}
    assert "read" in outcomes
    assert len(outcomes) > 20


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "{" * 100_000,
        "NEURON " * 100_000,
        "BREAKPOINT { i = " + "-" * 50_000,
        "BREAKPOINT { i = 1" + "+1" * 25_000 + "}",
        "BREAKPOINT { i = " + "2^" * 25_000 + "2}",
        "BREAKPOINT { " + "IF (1) { " * 50_000,
        "BREAKPOINT { IF (v) {}" + " ELSE IF (v) {}" * 5_000 + " }",
        "PROCEDURE f(" + "a," * 20_000 + "a) {}",
        "COMMENT " * 50_000,
        "VERBATIM /*" + "/*" * 200_000 + " ENDVERBATIM",
        'VERBATIM "' + '\\"' * 200_000 + " ENDVERBATIM",
        "VERBATIM ENDVERBATIM " * 20_000,
        "PROCEDURE p() { VERBATIM " + "x" * 400_000 + " ENDVERBATIM }",
        "PROCEDURE p() { VERBATIM #define A B B\n#define B C C\n#define C D D\n#define D A A\nA; ENDVERBATIM }",
        "BREAKPOINT { VERBATIM " + "if (v) return 1; " * 3_000 + " ENDVERBATIM }",
        "BREAKPOINT { VERBATIM " + "if (v) { if (t) return 1; } " * 300 + " ENDVERBATIM }",
        "BREAKPOINT { VERBATIM " + "(" * 300 + " ENDVERBATIM }",
        "BREAKPOINT { VERBATIM v = " + "v+" * 9_000 + "v; ENDVERBATIM }",
        "UNITS {"
        + "".join(f"(u{chr(97 + i % 26)}) = (x{chr(97 + i % 26)} 2)" for i in range(2_000))
        + "q = (dadadada) (1) }",
        "UNITS {" + "q = (" + "da" * 100_000 + ") (1) }",
        "ASSIGNED {" + "".join(f" a{i}[9999]" for i in range(10_000)) + "}",
        "ASSIGNED {" + "".join(f" a{i}" for i in range(20_000)) + "} BREAKPOINT { zz = 1 }",
        "x" * 2_000_000,
        "\n" * 900_000,
        ": a comment\n" * 80_000,
        "9" * 900_000,
        "m" + "'" * 900_000,
        '"' * 900_001,
        "".join(f"FUNCTION f{i}(x) {{ f{i} = f{i + 1}(x) }}\n" for i in range(3_000)),
    ],
    ids=range(30),
)
def test_texts_without_end(text: str) -> None:
    _soon(text)
