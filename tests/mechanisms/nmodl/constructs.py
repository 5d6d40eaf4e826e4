"""What of NMODL runs and what is refused, each by a file that shows it: the tests try them, and the guide lists them.

`python -m tests.mechanisms.nmodl.constructs` writes the guide's page.
"""

from dataclasses import dataclass
from pathlib import Path

from rheobase.mechanisms.nmodl.compile import compile_file
from rheobase.mechanisms.nmodl.error import NmodlError
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.source import Source

PAGE = Path(__file__).parents[3] / "docs/guide/nmodl_support.md"

_LEAK = "NONSPECIFIC_CURRENT i"
_GATE = "STATE { m }\nBREAKPOINT { SOLVE states METHOD cnexp i = g*m*(v - e) }"
_DECAY = "DERIVATIVE states { m' = (1 - m)/5 }"
_BALANCE = "ASSIGNED { v i } STATE { a b } INITIAL { a = 1 b = 0 }"


@dataclass(frozen=True)
class Construct:
    """One thing that NMODL can say. **Fields:** its `group` and `words`, a `file` that says it, and a `note`."""

    group: str
    words: str
    file: str
    note: str = ""


def _channel(body: str, neuron: str = "", more: str = "ASSIGNED { v (mV) i (mA/cm2) }") -> str:
    return (
        f"NEURON {{ SUFFIX shown {_LEAK} {neuron} RANGE g }}\n"
        f"PARAMETER {{ g = 1e-4 (S/cm2) e = -60 (mV) }}\n{more}\n{body}\n"
    )


def _gate(derivative: str, more: str = "ASSIGNED { v (mV) i (mA/cm2) }", method: str = "cnexp") -> str:
    return _channel(f"{_GATE.replace('cnexp', method)}\n{derivative}", more=more)


def _synapse(body: str, neuron: str = "", more: str = "") -> str:
    return (
        f"NEURON {{ POINT_PROCESS shown {_LEAK} {neuron} }}\nPARAMETER {{ tau = 2 e = 0 }}\n"
        f"ASSIGNED {{ v i {more} }}\nSTATE {{ g }}\nINITIAL {{ g = 0 }}\n"
        f"BREAKPOINT {{ SOLVE s METHOD cnexp i = g*(v - e) }}\nDERIVATIVE s {{ g' = -g/tau }}\n{body}\n"
    )


RUNS = (
    Construct("Kinds", "SUFFIX", _channel("BREAKPOINT { i = g*(v - e) }")),
    Construct("Kinds", "POINT_PROCESS", _synapse("NET_RECEIVE (w) { g = g + w }")),
    Construct(
        "Kinds",
        "ARTIFICIAL_CELL",
        "NEURON { ARTIFICIAL_CELL shown RANGE m }\nASSIGNED { m }\nINITIAL { m = 0 }\n"
        "NET_RECEIVE (w) { m = m + w IF (m > 1) { m = 0 net_event(t) } }",
    ),
    Construct(
        "Currents and ions",
        "USEION ... READ ... WRITE ... VALENCE",
        "NEURON { SUFFIX shown USEION x READ ex WRITE ix VALENCE 2 }\nASSIGNED { v ex ix }\n"
        "BREAKPOINT { ix = 1e-4*(v - ex) }",
    ),
    Construct("Currents and ions", "NONSPECIFIC_CURRENT", _channel("BREAKPOINT { i = g*(v - e) }")),
    Construct(
        "Currents and ions",
        "ELECTRODE_CURRENT",
        "NEURON { POINT_PROCESS shown ELECTRODE_CURRENT i }\nASSIGNED { i }\nBREAKPOINT { i = 0.01 }",
    ),
    Construct(
        "Currents and ions",
        "concentrations that the file WRITEs",
        "NEURON { SUFFIX shown USEION ca READ ica, cai WRITE cai }\nASSIGNED { ica }\nSTATE { cai }\n"
        "BREAKPOINT { SOLVE s METHOD cnexp }\nDERIVATIVE s { cai' = -ica*1e-2 - (cai - 1e-4)/20 }",
    ),
    Construct(
        "Currents and ions",
        "nrn_ghk, celsius, area, diam",
        "NEURON { SUFFIX shown USEION ca READ cai, cao WRITE ica }\nASSIGNED { v celsius cai cao ica diam area }\n"
        "BREAKPOINT { ica = 1e-6*nrn_ghk(v, cai, cao, 2)*diam/diam + 0*celsius*area }",
    ),
    Construct(
        "Declarations",
        "RANGE, GLOBAL, limits, units, CONSTANT, DEFINE, file-level LOCAL",
        "DEFINE N 2\nNEURON { SUFFIX shown NONSPECIFIC_CURRENT i RANGE g GLOBAL e }\nUNITS { (S) = (siemens) }\n"
        "PARAMETER { g = 1e-4 (S/cm2) <0, 1> e = -60 (mV) }\nCONSTANT { k = 2 }\nLOCAL scratch\nASSIGNED { v i w[N] }\n"
        "INITIAL { scratch = k w[0] = 1 }\nBREAKPOINT { i = g*(v - e)*w[0]*scratch/k }",
    ),
    Construct(
        "Declarations",
        "UNITS factors: FARADAY = (faraday) (coulomb)",
        "NEURON { SUFFIX shown NONSPECIFIC_CURRENT i }\n"
        "UNITS { FARADAY = (faraday) (coulomb) R = (k-mole) (joule/degC) PI = (pi) (1) }\nASSIGNED { v i }\n"
        "BREAKPOINT { i = 1e-9*FARADAY*PI/R*(v + 60) }",
    ),
    Construct(
        "Declarations",
        "POINTER, BBCOREPOINTER",
        "NEURON { POINT_PROCESS shown NONSPECIFIC_CURRENT i POINTER vpre }\nASSIGNED { v i vpre }\n"
        "BREAKPOINT { i = 1e-3*(v - vpre) }",
        "bound by `cell.bind`",
    ),
    Construct("Solving", "METHOD cnexp", _gate(_DECAY), "states one after another, as NEURON"),
    Construct("Solving", "METHOD derivimplicit", _gate(_DECAY, method="derivimplicit")),
    Construct("Solving", "METHOD sparse", _gate(_DECAY, method="sparse")),
    Construct("Solving", "METHOD euler", _gate(_DECAY, method="euler")),
    Construct("Solving", "METHOD runge", _gate(_DECAY, method="runge")),
    Construct(
        "Solving",
        "SOLVE of a PROCEDURE that uses dt",
        _channel("STATE { m }\nBREAKPOINT { SOLVE step i = g*m*(v - e) }\nPROCEDURE step() { m = m + dt*(1 - m)/5 }"),
    ),
    Construct(
        "Solving",
        "KINETIC: <->, <<, ->, CONSERVE, COMPARTMENT",
        "NEURON { SUFFIX shown NONSPECIFIC_CURRENT i }\nASSIGNED { v i }\nSTATE { a b c }\n"
        "INITIAL { a = 1 b = 0 c = 0 }\nBREAKPOINT { SOLVE k METHOD sparse i = 1e-4*b*(v + 60) }\n"
        "KINETIC k { COMPARTMENT 2 { c } ~ a <-> b (0.1, 0.2) ~ c << (0.01) ~ c -> (0.1) CONSERVE a + b = 1 }",
    ),
    Construct(
        "Solving",
        "LONGITUDINAL_DIFFUSION",
        "NEURON { SUFFIX shown USEION ca READ cai WRITE cai }\nASSIGNED { diam }\nSTATE { cai }\n"
        "BREAKPOINT { SOLVE k METHOD sparse }\n"
        "KINETIC k { COMPARTMENT diam*diam { cai } LONGITUDINAL_DIFFUSION 0.2*diam*diam { cai } ~ cai << (0) }",
    ),
    Construct(
        "Solving",
        "LINEAR",
        "NEURON { SUFFIX shown NONSPECIFIC_CURRENT i }\n"
        f"{_BALANCE.replace('a = 1 b = 0', 'SOLVE l')}\n"
        "BREAKPOINT { i = 1e-4*a*(v + 60) }\nLINEAR l { ~ a + b = 1 ~ a - 2*b = 0 }",
    ),
    Construct(
        "Solving",
        "NONLINEAR",
        f"NEURON {{ SUFFIX shown NONSPECIFIC_CURRENT i }}\n{_BALANCE}\n"
        "BREAKPOINT { SOLVE n i = 1e-4*a*(v + 60) }\nNONLINEAR n { ~ a + b = 1 ~ a*a = b }",
    ),
    Construct(
        "Solving",
        "SOLVE ... STEADYSTATE",
        f"NEURON {{ SUFFIX shown NONSPECIFIC_CURRENT i }}\n{_BALANCE.replace('a = 1 b = 0', 'SOLVE k STEADYSTATE sparse')}\n"
        "BREAKPOINT { SOLVE k METHOD sparse i = 1e-4*a*(v + 60) }\nKINETIC k { ~ a <-> b (1, 2) CONSERVE a + b = 1 }",
    ),
    Construct(
        "Statements",
        "IF, ELSE, WHILE, FROM, arrays",
        _channel(
            "BREAKPOINT { LOCAL s, k\n s = 0 k = 0\n FROM j = 0 TO 2 { w[j] = j }\n"
            " WHILE (k < 3) { s = s + w[k] k = k + 1 }\n IF (v > -60) { i = g*(v - e)*s/3 } ELSE { i = 0 } }",
            more="ASSIGNED { v i w[3] }",
        ),
    ),
    Construct(
        "Statements",
        "FUNCTION, PROCEDURE, TABLE",
        _gate(
            "DERIVATIVE states { rates(v) m' = (minf - m)/5 }\nPROCEDURE rates(v) { TABLE minf FROM -100 TO 100 WITH 200\n"
            " minf = sig(v) }\nFUNCTION sig(v) { sig = 1/(1 + exp(-(v + 40)/5)) }",
            more="ASSIGNED { v i minf }",
        ),
        "exact: the table is not used unless asked for",
    ),
    Construct(
        "Statements",
        "FUNCTION_TABLE",
        _channel("BREAKPOINT { i = g*f(v)*(v - e) }\nFUNCTION_TABLE f(v)"),
        "filled by `rb.function_table`",
    ),
    Construct(
        "Statements",
        "BEFORE, AFTER",
        _gate(f"BEFORE BREAKPOINT {{ drive = 2 }}\nAFTER SOLVE {{ last = v }}\n{_DECAY}", more="ASSIGNED { v i drive last }"),
    ),
    Construct("Statements", "PROTECT, MUTEXLOCK", _channel("BREAKPOINT { MUTEXLOCK PROTECT i = g*(v - e) MUTEXUNLOCK }")),
    Construct("Events", "NET_RECEIVE with several weights, INITIAL", _synapse(
        "NET_RECEIVE (w, u, last) { INITIAL { u = 0.5 last = t } g = g + w*u u = u + 0.1 last = t }")),
    Construct("Events", "net_send, flag, net_move", _synapse(
        "NET_RECEIVE (w) { IF (flag == 0) { net_send(2, 1) net_move(t + 3) } ELSE { g = g + 1e-3 } }")),
    Construct("Events", "net_event, WATCH", _synapse(
        "NET_RECEIVE (w) { IF (flag == 0) { WATCH (v > -20) 2 } ELSE IF (flag == 2) { net_event(t) } }")),
    Construct("Events", "FOR_NETCONS", _synapse(
        "NET_RECEIVE (w, a) { g = g + w + a FOR_NETCONS (w1, a1) { a1 = a1*0.9 } }")),
    Construct("Events", "at_time", _channel("BREAKPOINT { at_time(1) i = g*(v - e) }")),
    Construct("Random numbers", "RANDOM and random_uniform(r)", _synapse(
        "NET_RECEIVE (w) { IF (random_uniform(r) < 0.5) { g = g + w } }", neuron="RANDOM r"), "seeded, counted draws"),
    Construct("Random numbers", "scop_random, exprand, normrand", _synapse(
        "NET_RECEIVE (w) { IF (scop_random() < 0.5) { g = g + w + 0*exprand(1) + 0*normrand(0, 1) } }")),
    Construct("Random numbers", "streams in VERBATIM (nrn_random_pick, Random123)", _synapse(
        "FUNCTION urand() {\nVERBATIM\n if (_p_rng) { _lurand = nrn_random_pick(_p_rng); } else { _lurand = 0.5; }\n"
        "ENDVERBATIM\n}\nNET_RECEIVE (w) { IF (urand() < 0.5) { g = g + w } }", neuron="POINTER rng", more="rng")),
    Construct("C", "arithmetic on the file's own variables in VERBATIM", _channel(
        "BREAKPOINT {\nVERBATIM\n i = g*(v - e);\nENDVERBATIM\n}")),
    Construct("C", "return, comments, prototypes, printf in VERBATIM", _channel(
        "BREAKPOINT { i = g*(v - e) show() }\nPROCEDURE show() {\nVERBATIM\n /* said */ printf(\"x\"); return 0;\nENDVERBATIM\n}")),
)  # fmt: skip

REFUSED = (
    Construct("Language", "recursion", _channel("BREAKPOINT { i = f(3) }\nFUNCTION f(x) { f = f(x - 1) }")),
    Construct("Language", "an undeclared variable", _channel("BREAKPOINT { i = g*(v - ee) }")),
    Construct("Language", "a SOLVE of a block that is not there", _channel("STATE { m }\nBREAKPOINT { SOLVE s METHOD cnexp }")),
    Construct("Language", "an unknown METHOD", _gate(_DECAY, method="adams")),
    Construct("Language", "PARTIAL", _channel("BREAKPOINT { i = 0 }\nPARTIAL p { ~ DEL2 u = 0 }")),
    Construct("Language", "INCLUDE from outside the file's folder", 'INCLUDE "../x.inc"\n' + _channel("BREAKPOINT { i = 0 }")),
    Construct("C", "pointers and structures", _channel("BREAKPOINT {\nVERBATIM\n struct x *p; p->q = 1;\nENDVERBATIM\n i = 0 }")),
    Construct("C", "calls into NEURON or the C library", _channel("BREAKPOINT {\nVERBATIM\n system(\"ls\");\nENDVERBATIM\n i = 0 }")),
)  # fmt: skip


def refusal(construct: Construct) -> NmodlError | None:
    """What a file is refused with, or None when it is not."""
    try:
        compile_file(parse(construct.file, construct.words), Source("nmodl", construct.words, construct.file))
    except NmodlError as error:
        return error
    return None


def page() -> str:
    """The guide's page."""
    lines = [
        "# What of NMODL runs",
        "",
        "Each line is a file that the tests load and run, or see refused; this page is written from them by",
        "`python -m tests.mechanisms.nmodl.constructs`.",
        "",
        "## Runs",
        "",
        "| | construct | note |",
        "| --- | --- | --- |",
        *(f"| {c.group} | {_code(c.words)} | {c.note} |" for c in RUNS),
        "",
        "## Is refused",
        "",
        "Every refusal is an `rb.NmodlError` with `.line`, `.column`, `.message` and, where there is one, a remedy in `.hint`.",
        "",
        "| | construct | message | remedy |",
        "| --- | --- | --- | --- |",
    ]
    for construct in REFUSED:
        error = refusal(construct)
        said = (error.message, error.hint) if error else ("", "")
        lines.append(f"| {construct.group} | {construct.words} | {said[0]} | {said[1]} |")
    return "\n".join(lines).replace("|  |", "| |") + "\n"


def _code(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
