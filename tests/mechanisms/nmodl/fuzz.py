"""Texts that are nearly NMODL: from the grammar, and published or own files with pieces changed.

Run by hand: `python -m tests.mechanisms.nmodl.fuzz 100000` tries so many and says what came out, and how long the
longest took.
"""

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import resources

from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from rheobase.mechanisms import nmodl
from rheobase.mechanisms.nmodl import NmodlError
from rheobase.mechanisms.nmodl.lexer import KEYWORDS
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.source import decode
from rheobase.mechanisms.nmodl.write import write

_NAMES = ["a", "b", "m", "v", "i", "tau", "exp", "ca", "k", "flag", "t", "fabs", "states", "cnexp", "sparse", "x"]
_FEW = (1, 1, 1, 1, 2, 2, 3, 5)  # changes of a text
_PIECES = [
    "(", ")", "{", "}", "[", "]", "((", "{{", "<->", "<<", "->", "~", "'", '"', "^", "-", "!", ";", ":", "?", "\0",
    "\x85",
    "é", "\ufeff", "1e999", "9" * 400, "0x1", "1..2", ".", "VERBATIM", "ENDVERBATIM", "COMMENT", "ENDCOMMENT", "N",
    "DEFINE N 3", 'INCLUDE "/etc/passwd"', 'INCLUDE "../x"', "if (_p_r) {", "return _lx;", "*", "&", "/*", "*/", "m''",
    "#define A A A", "#if 0", "#endif", "nrn_random_pick(_p_r)", "for (i=0;i<9;i++)", "x->y", "?:", "\\", "TITLE", "\r",
    "\t", "m'",
]  # fmt: skip
_OWN = """
TITLE a file of all things
COMMENT words ENDCOMMENT
NEURON { POINT_PROCESS x USEION ca READ cai, eca WRITE ica VALENCE 2 NONSPECIFIC_CURRENT i RANGE g, tau POINTER r
 RANDOM noise THREADSAFE }
UNITS { (mV) = (millivolt) FARADAY = (faraday) (coulomb) }
DEFINE N 3
PARAMETER { g = 1e-3 (S/cm2) <0, 1e9> tau = 5 (ms) k = 2 }
ASSIGNED { v (mV) i (nA) cai (mM) eca (mV) ica (nA) r minf q[N] }
STATE { m h c[N] FROM 0 TO 1 a b }
LOCAL z
INITIAL { LOCAL j FROM j = 0 TO N - 1 { c[j] = j/2 } m = 0 h = 1 net_send(3, 1) z = 0 }
BREAKPOINT { SOLVE states METHOD cnexp SOLVE scheme METHOD sparse IF (fabs(v) < 1e-6 && !(m > 1)) { i = g*m^3*h } ELSE
 IF (v > 0) { i = -g*(v - eca) } ELSE { i = 0 } ica = nrn_ghk(v, cai, 2, 2) }
DERIVATIVE states { m' = (minf - m)/tau h' = -h*alpha(v) }
KINETIC scheme { FROM j = 0 TO 1 { ~ c[j] <-> c[j+1] (k, 2*k) } ~ 2 a + b <-> c[0] (1, 1) ~ a << (g) ~ b -> (k)
 CONSERVE a + b = 1 COMPARTMENT j, 1 + j { c } LONGITUDINAL_DIFFUSION j, 0.1 { c } }
LINEAR lin { ~ a + b = 1 ~ a = b }
FUNCTION alpha(v (mV)) (/ms) { TABLE DEPEND k FROM -100 TO 100 WITH 200 UNITSOFF alpha = k*exp(-v/20(mV)) UNITSON }
PROCEDURE rates() { WHILE (z < 3) { z = z + 1 } printf("%g", z) }
FUNCTION draw() {
VERBATIM
    double value = 0; int j;
    if (_p_r) { value = nrn_random_pick(_p_r); } else { value = exprand(1); }
    for (j = 0; j < 3; j++) { value += q[j]; }
    _ldraw = value > 1 ? value : pow(value, 2.);
    return _ldraw;
ENDVERBATIM
}
NET_RECEIVE (w (uS), y) { INITIAL { y = 0 } IF (flag == 0) { y = y + draw() WATCH (v > -20) 2 } ELSE { net_event(t) } }
FUNCTION_TABLE given(v (mV)) (ms)
BEFORE STEP { z = 1 }
"""


def from_grammar() -> st.SearchStrategy[str]:
    """Texts that the grammar allows, or nearly."""
    text = resources.files(nmodl).joinpath("grammar.lark").read_text("utf-8")
    numbers = st.one_of(st.integers(0, 20).map(str), st.floats(0, 1e9).map(repr))
    explicit: dict[str, st.SearchStrategy[str]] = {word: st.just(f" {word} ") for word in KEYWORDS}
    explicit |= {
        "NAME": st.sampled_from(_NAMES).map(lambda name: f" {name} "),
        "PRIME": st.sampled_from(_NAMES).map(lambda name: f" {name}' "),
        "NUMBER": numbers.map(lambda number: f" {number} "),
        "TEXT": st.just('"%g"'),
        "UNIT": st.sampled_from(["(mV)", "(1)", "(mA/cm2)", "()"]),
        "VERBATIM": st.sampled_from(_PIECES).map(lambda piece: f"VERBATIM\n{piece}\nENDVERBATIM\n"),
        "REACTION": st.just("~ "),
        "EQUATION": st.just("~ "),
    }
    return from_lark(Lark(text, parser="lalr", start="file", lexer="basic"), start="file", explicit=explicit)


def changed(texts: list[str], rng: random.Random) -> str:
    """A piece of one of `texts`, with some changes."""
    text = rng.choice(texts)
    blocks = re.split(r"\n(?=[A-Z]{4,})", text)
    if rng.randrange(4):
        # Whole files are long; some of their blocks go wrong in more ways in less time.
        kept = {rng.randrange(len(blocks)) for _ in range(rng.randrange(1, 6))}
        text = "\n".join(blocks[index] for index in sorted(kept))
    for _ in range(rng.choice(_FEW)):
        text = _change(text, texts, rng)
    return text


def _change(text: str, texts: list[str], rng: random.Random) -> str:
    words = re.findall(r"\s+|\w+|.", text) or ["x"]
    here = rng.randrange(len(words))
    there = min(len(words), here + rng.randrange(1, 12))
    match rng.randrange(8):
        case 0:
            del words[here:there]
        case 1:
            words[here:here] = words[here:there]
        case 2:
            words.insert(here, rng.choice(_PIECES))
        case 3:
            words[here] = rng.choice(_NAMES + sorted(KEYWORDS))
        case 4:
            other = rng.randrange(len(words))
            words[here], words[other] = words[other], words[here]
        case 5:
            words[here] = chr(rng.choice([rng.randrange(128), rng.randrange(0x110000)]))
        case 6:
            words[here:here] = [rng.choice(["(", "{", "-", "!", "if (", "~ a + ", " + 1"])] * rng.choice(
                [1, 2, 5, 3000]
            )
        case 7:
            other_text = rng.choice(texts)
            start = rng.randrange(max(1, len(other_text)))
            words.insert(here, other_text[start : start + rng.randrange(1, 400)])
    return "".join(words)


def tried(text: str) -> str:
    """`"read"` or the message of the refusal; what is read and written must be read and written as the same text."""
    try:
        file = parse(text)
    except NmodlError as error:
        if not error.message or error.line < 1 or error.column < 1:
            raise AssertionError(f"{error!r} says too little") from error
        return error.message
    text = write(file)
    if write(parse(text)) != text:
        raise AssertionError(f"{text!r} reads as another text")
    return "read"


def own() -> list[str]:
    """A text of our own that holds every construct."""
    parse(_OWN)
    return [_OWN]


def _inputs(count: int, texts: list[str], seed: int) -> Iterator[str]:
    rng = random.Random(seed)  # noqa: S311  nothing is kept secret by it
    for _ in range(count):
        yield changed(texts, rng)


def main(count: int, seed: int) -> None:
    """Try `count` changed texts, published ones among them."""
    from tests.mechanisms.nmodl.corpora import published

    texts = own() * 40 + [decode(file.path.read_bytes()) for file in published()]
    outcomes: Counter[str] = Counter()
    longest = 0.0
    for text in _inputs(count, texts, seed):
        start = time.process_time()
        try:
            outcome = tried(text)
        except Exception as error:
            raise AssertionError(f"no NmodlError for {text!r}") from error
        longest = max(longest, time.process_time() - start)
        outcomes[re.sub(r"'[^']*'|\S*\d\S*|\w*_\w*", "*", outcome)[:40]] += 1
    told = f"{count} texts, {outcomes['read']} read, {len(outcomes) - 1} kinds of refusal, the longest {longest:.3f} s"
    counts = "".join(f"{times:8d} {outcome}\n" for outcome, times in outcomes.most_common(25))
    sys.stdout.write(f"{told}\n{counts}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
