"""Whatever the text, `parse` gives a tree or an NmodlError, soon."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.mechanisms.nmodl.fuzz import changed, from_grammar, own, tried

_LONG = 400  # characters of a message that a person still reads
_CALM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _soon(text: str) -> str:
    start = time.process_time()
    outcome = tried(text)
    assert time.process_time() - start < 5  # a hang, not a busy machine, decides; `fuzz` tells the times
    return outcome


@given(from_grammar())
@_CALM
def test_texts_from_the_grammar(text: str) -> None:
    # The grammar knows no declarations, so that most texts are refused for a name; all for something in words.
    assert 3 < len(_soon(text)) < _LONG


@given(st.text(max_size=300))
@_CALM
def test_any_text(text: str) -> None:
    assert 3 < len(_soon(text)) < _LONG


def test_changed_texts() -> None:
    rng = random.Random(3)  # noqa: S311  nothing is kept secret by it
    texts = own()
    outcomes = {_soon(changed(texts, rng)) for _ in range(250)}
    assert "read" in outcomes
    assert len(outcomes) > 20


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("(" * 100_000, "'(' can't stand here"),
        ("{" * 100_000, "'{' can't stand here"),
        ("NEURON " * 100_000, "'NEURON' can't stand here"),
        ("BREAKPOINT { i = " + "-" * 50_000, "more than 30000 words"),
        ("BREAKPOINT { i = 1" + "+1" * 25_000 + "}", "more than 30000 words"),
        ("BREAKPOINT { i = " + "2^" * 25_000 + "2}", "more than 30000 words"),
        ("BREAKPOINT { " + "IF (1) { " * 50_000, "nested more than 60 deep"),
        ("BREAKPOINT { IF (v) {}" + " ELSE IF (v) {}" * 5_000 + " }", "more than 30000 words"),
        ("PROCEDURE f(" + "a," * 20_000 + "a) {}", "more than 30000 words"),
        ("COMMENT " * 50_000, "no ENDCOMMENT"),
        ("VERBATIM /*" + "/*" * 200_000 + " ENDVERBATIM", "read"),
        ('VERBATIM "' + '\\"' * 200_000 + " ENDVERBATIM", "read"),
        ("VERBATIM ENDVERBATIM " * 20_000, "read"),
        ("PROCEDURE p() { VERBATIM " + "x" * 400_000 + " ENDVERBATIM }", "read"),
        (
            "PROCEDURE p() { VERBATIM #define A B B\n#define B C C\n#define C D D\n#define D A A\nA; ENDVERBATIM }",
            "read",
        ),
        ("BREAKPOINT { VERBATIM " + "if (v) return 1; " * 3_000 + " ENDVERBATIM }", "macros are too deep or too long"),
        ("BREAKPOINT { VERBATIM " + "if (v) { if (t) return 1; } " * 300 + " ENDVERBATIM }", "too many returns"),
        ("BREAKPOINT { VERBATIM " + "(" * 300 + " ENDVERBATIM }", "nested more than 60 deep"),
        ("BREAKPOINT { VERBATIM v = " + "v+" * 9_000 + "v; ENDVERBATIM }", "nested more than 150 deep"),
        (
            "UNITS {"
            + "".join(f"(u{chr(97 + i % 26)}) = (x{chr(97 + i % 26)} 2)" for i in range(2_000))
            + "q = (dadadada) (1) }",
            "no unit (dadadada)",
        ),
        ("UNITS {" + "q = (" + "da" * 100_000 + ") (1) }", "no unit (da"),
        ("ASSIGNED {" + "".join(f" a{i}[9999]" for i in range(10_000)) + "}", "more than 30000 words"),
        ("ASSIGNED {" + "".join(f" a{i}" for i in range(20_000)) + "} BREAKPOINT { zz = 1 }", "zz isn't declared"),
        ("x" * 2_000_000, "a mechanism may have 1000000"),
        ("\n" * 900_000, "read"),
        (": a comment\n" * 80_000, "read"),
        ("9" * 900_000, "999"),
        ("m" + "'" * 900_000, "m'''"),
        ('"' * 900_001, "can't stand here"),
        ("".join(f"FUNCTION f{i}(x) {{ f{i} = f{i + 1}(x) }}\n" for i in range(3_000)), "more than 30000 words"),
    ],
    ids=range(30),
)
def test_texts_without_end(text: str, outcome: str) -> None:
    assert outcome in _soon(text)
