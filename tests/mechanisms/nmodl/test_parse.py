"""Reading NMODL: the language as published files write it, and its refusals."""

import textwrap
import time
from pathlib import Path

import pytest

from rheobase.mechanisms.nmodl import NmodlError, syntax
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.syntax import Argument, Assign, Binary, Call, If, Index, Name, Number, Unary
from rheobase.mechanisms.nmodl.walk import unplaced

HEAD = "NEURON { SUFFIX x RANGE g NONSPECIFIC_CURRENT i }\nPARAMETER { g = 1 }\nASSIGNED { v (mV) i }\n"
POINT = "NEURON { POINT_PROCESS x RANGE g NONSPECIFIC_CURRENT i }\nPARAMETER { g = 1 }\nASSIGNED { v (mV) i }\n"


def breakpoint_of(code: str, more: str = "", head: str = HEAD) -> syntax.Body:
    block = parse(f"{head}{more}\nBREAKPOINT {{ {code} }}").breakpoint
    assert block is not None
    return block.body


def value_of(expression: str, more: str = "") -> object:
    """The tree of an expression without places, names as bare text and numbers bare."""

    def bare(node: object) -> object:
        match node:
            case Number(value=value):
                return value
            case Name(name=name):
                return name
            case Unary(operator=operator, operand=operand):
                return (operator, bare(operand))
            case Binary(operator=operator, left=left, right=right):
                return (bare(left), operator, bare(right))
            case Call(name=name, arguments=arguments):
                return (name, *map(bare, arguments))
            case Index(name=name, index=index):
                return [name, bare(index)]
        raise AssertionError(node)

    statement = breakpoint_of(f"i = {expression}", more)[-1]
    assert isinstance(statement, Assign)
    return bare(statement.value)


def refused(text: str) -> NmodlError:
    with pytest.raises(NmodlError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1 + 2 * 3", (1, "+", (2, "*", 3))),
        ("1 - 2 - 3", ((1, "-", 2), "-", 3)),
        ("2 ^ 3 ^ 4", (2, "^", (3, "^", 4))),
        ("-g ^ 2", ("-", ("g", "^", 2))),
        ("2 ^ -g * 3", ((2, "^", ("-", "g")), "*", 3)),
        ("-g * 2", (("-", "g"), "*", 2)),
        ("!g == 1", (("!", "g"), "==", 1)),
        ("g < 1 == v < 2", (("g", "<", 1), "==", ("v", "<", 2))),
        ("g > 1 && v > 2 || g", ((("g", ">", 1), "&&", ("v", ">", 2)), "||", "g")),
        ("g - -v", ("g", "-", ("-", "v"))),
        ("1. + .5 + 1e-3 + 2.E3 + 3e+2", ((((1, "+", 0.5), "+", 1e-3), "+", 2000), "+", 300)),
        ("exp(-v/2(mV)) + fabs(g)", (("exp", (("-", "v"), "/", 2)), "+", ("fabs", "g"))),
        ("v<-50", ("v", "<", ("-", 50))),
        ("INT(2.5)", ("INT", 2.5)),
        ("(g)", "g"),
        ("N * 2", (4, "*", 2)),
        ("PI", "PI"),
    ],
)
def test_expressions(text: str, tree: object) -> None:
    assert value_of(text, "DEFINE N 4\n") == tree


def test_units_of_numbers() -> None:
    statement = breakpoint_of("i = 2(mV) + 3 ( /mM4-ms )")[0]
    assert isinstance(statement, Assign)
    assert isinstance(statement.value, Binary)
    assert [side.unit for side in (statement.value.left, statement.value.right) if isinstance(side, Number)] == [
        "mV",
        "/mM4-ms",
    ]


def test_statements_need_nothing_between_them() -> None:
    assert len(breakpoint_of("i=0 g=1 IF(v>0){i=1}ELSE{i=2} i=3")) == 4


def test_neuron_block() -> None:
    file = parse(
        """
        PARAMETER { g = 1 <-1e6, 1e6> h (S/cm2) gate[3] }
        ASSIGNED { v ek ik cai tau[4] (ms) q START 2 f FROM 0 TO 1 r rng }
        NEURON {
            THREADSAFE
            SUFFIX kd
            USEION k READ ek, ki WRITE ik VALENCE 1 REPRESENTS CHEBI:29103
            USEION ca READ cai VALENCE 2
            USEION Cl WRITE iCl CHARGE -1
            RANGE g,h
            GLOBAL minf
            POINTER r
            BBCOREPOINTER rng
            EXTERNAL elsewhere
            RANDOM noise
            ELECTRODE_CURRENT ie
        }
        """
    )
    assert (file.kind, file.suffix) == ("density", "kd")
    assert [(one.name, one.reads, one.writes, one.valence) for one in file.ions] == [
        ("k", ("ek", "ki"), ("ik",), 1.0),
        ("ca", ("cai",), (), 2.0),
        ("Cl", (), ("iCl",), -1.0),
    ]
    assert file.range == ("g", "h")
    assert file.global_ == ("minf",)
    assert file.pointers == ("r", "rng")
    assert file.externals == ("elsewhere",)
    assert file.randoms == ("noise",)
    assert file.electrode == ("ie",)
    assert [(one.name, one.value, one.unit, one.limits, one.length) for one in file.parameters] == [
        ("g", 1.0, "", (-1e6, 1e6), 0),
        ("h", None, "S/cm2", None, 0),
        ("gate", None, "", None, 3),
    ]
    named = {one.name: one for one in file.assigned}
    assert named["tau"].length == 4
    assert named["q"].start == 2
    assert named["f"].limits == (0.0, 1.0)
    # What only the NEURON block names is as if it stood in ASSIGNED.
    assert {"ki", "iCl", "minf", "ie"} <= set(named)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("SUFFIX a", "density"),
        ("POINT_PROCESS a", "point"),
        ("ARTIFICIAL_CELL a", "artificial"),
        ("SUFFIX nothing", "nothing"),
    ],
)
def test_kinds(head: str, kind: str) -> None:
    assert parse(f"NEURON {{ {head} }}").kind == kind


def test_a_file_without_a_name_is_called_after_itself() -> None:
    assert parse("NEURON { RANGE g } PARAMETER { g = 1 }", "my-leak.mod").suffix == "my_leak"


def test_declarations() -> None:
    file = parse(
        """
        TITLE  Some channel : not a comment
        COMMENT
          by someone, \xe9\xfc
        ENDCOMMENT
        TITLE another
        UNITSOFF
        UNITS { (mA) = (milliamp) (mM) = (milli/liter)
                FARADAY = (faraday) (coulomb) R = (k-mole) (joule/degC) PI = (pi) (1)
                F = 96520 (coul) foo = (foot) -> (inch) k = 1.5 (1) }
        INDEPENDENT {t FROM 0 TO 1 WITH 1 (ms)}
        CONSTANT { q10 = 3 (1) z = -2 }
        DEFINE N 5
        LOCAL a, b[N], c[2]
        STATE { m h FROM 0 TO 1 START 0.5 ca[N] (mM) <1e-6> c0 }
        NEURON { SUFFIX y }
        UNITSON
        """
    )
    assert file.title == "Some channel : not a comment"
    assert file.comments == ("by someone, éü",)
    assert file.units == {"mA": "milliamp", "mM": "milli/liter"}
    assert file.factors["FARADAY"] == pytest.approx(96485.3321233100184, rel=1e-15)
    assert file.factors["R"] == pytest.approx(8.31446261815324, rel=1e-15)
    assert file.factors["PI"] == 3.141592653589793
    assert file.factors["F"] == 96520
    assert file.factors["foo"] == pytest.approx(12, rel=1e-15)
    assert file.independent == ("t",)
    assert [(one.name, one.value) for one in file.constants] == [("q10", 3.0), ("z", -2.0)]
    assert file.locals == (("a", 0), ("b", 5), ("c", 2))
    assert [(one.name, one.length, one.start) for one in file.states] == [
        ("m", 0, None),
        ("h", 0, 0.5),
        ("ca", 5, None),
        ("c0", 0, None),
    ]


def test_blocks() -> None:
    file = parse(
        POINT
        + """
        STATE { m n }
        INITIAL { LOCAL q q = 1 m = q }
        INITIAL { LOCAL q q = 2 n = q }
        BREAKPOINT { IF (g > 0) { SOLVE states METHOD cnexp } i = g*m }
        DERIVATIVE states { m' = -m/2 n' = (m - n)/tau(v) }
        PROCEDURE rates(v (mV), k) (ms) { TABLE i, g DEPEND n FROM -100 TO 100 WITH 200 g = v + k }
        FUNCTION tau(v(mV)) (ms) { UNITSOFF tau = 1 UNITSON }
        FUNCTION_TABLE given(v (mV), c (mM)) (/ms)
        NET_RECEIVE (w (uS), a, b) {
            INITIAL { a = 0 b = 1 } IF (flag == 0) { a = a + 1 net_send(5, 1) WATCH (v > -20) 2,
            (v < g + 1) 3 } ELSE IF (flag == 2) { net_event(t) } ELSE { FOR_NETCONS(w2, a2, b2) { a2 = w2 } } }
        BEFORE BREAKPOINT { g = g } AFTER SOLVE { g = g } BEFORE INITIAL { g = g } AFTER STEP { g = g }
        CONSTRUCTOR { g = 1 } DESTRUCTOR { g = 0 }
        """
    )
    assert [(block.kind, block.name) for block in file.blocks] == [
        ("DERIVATIVE", "states"),
        ("PROCEDURE", "rates"),
        ("FUNCTION", "tau"),
        ("FUNCTION_TABLE", "given"),
        ("BEFORE", "BREAKPOINT"),
        ("AFTER", "SOLVE"),
        ("BEFORE", "INITIAL"),
        ("AFTER", "STEP"),
        ("CONSTRUCTOR", ""),
        ("DESTRUCTOR", ""),
    ]
    rates, tau, given = (file.block(name) for name in ("rates", "tau", "given"))
    assert rates is not None
    assert tau is not None
    assert given is not None
    assert rates.arguments == (Argument("v", "mV"), Argument("k"))
    assert (rates.unit, tau.unit, given.unit) == ("ms", "ms", "/ms")
    table = rates.body[0]
    assert isinstance(table, syntax.Table)
    assert (table.names, table.depend) == (("i", "g"), ("n",))
    assert file.initial is not None
    # A second INITIAL keeps its own LOCAL variables.
    assert isinstance(file.initial.body[-1], If)
    assert file.net_receive is not None
    assert [argument.name for argument in file.net_receive.arguments] == ["w", "a", "b"]
    start, decision = file.net_receive.body
    assert isinstance(start, syntax.InitialPart)
    assert isinstance(decision, If)
    watch = decision.then[-1]
    assert isinstance(watch, syntax.Watch)
    assert [flag.value for _, flag in watch.conditions if isinstance(flag, Number)] == [2, 3]


def test_kinetic_schemes() -> None:
    file = parse(
        HEAD
        + """
        STATE { a b c[4] }
        BREAKPOINT { SOLVE scheme METHOD sparse i = a }
        INITIAL { SOLVE scheme STEADYSTATE sparse SOLVE lin SOLVE non METHOD newton }
        KINETIC scheme {
            ~ 2 a + b <-> c[0] (g, 2*g)
            FROM j=0 TO 2 BY 1 { ~ c[j] <-> c[j+1] (1, 2) }
            i = f_flux - b_flux
            ~ a << (g)
            ~ b -> (g*3)
            CONSERVE 2 a + b = 1
            COMPARTMENT k, 1 + k { c }
            COMPARTMENT 2*g { a b }
            LONGITUDINAL_DIFFUSION j, 0.6 { c }
        }
        LINEAR lin { ~ a + b = 1 ~ a - b = 0 }
        NONLINEAR non SOLVEFOR a { ~ a*a = 2 }
        """
    )
    scheme = file.block("scheme")
    assert scheme is not None
    both, loop, _, into, out, conserve, spread, plain, diffusion = scheme.body
    assert isinstance(both, syntax.Reaction)
    assert [(count, unplaced(name)) for count, name in both.left] == [(2, ("Name", "a", 0)), (1, ("Name", "b", 0))]
    assert isinstance(loop, syntax.From)
    assert isinstance(into, syntax.Reaction)
    assert isinstance(out, syntax.Reaction)
    assert (into.arrow, into.backward, out.arrow) == ("<<", None, "->")
    assert isinstance(conserve, syntax.Conserve)
    assert isinstance(spread, syntax.Compartment)
    assert (spread.variable, spread.species) == ("k", ("c",))
    assert isinstance(plain, syntax.Compartment)
    assert (plain.variable, plain.species) == ("", ("a", "b"))
    assert isinstance(diffusion, syntax.Diffusion)
    assert file.initial is not None
    assert [(one.block, one.method, one.steady) for one in file.initial.body if isinstance(one, syntax.Solve)] == [
        ("scheme", "sparse", True),
        ("lin", "", False),
        ("non", "newton", False),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "LOCAL a a = 1 LOCAL b b = a i = b",
        "i = 1 { LOCAL g g = 2 i = g }",
        "PROTECT g = g + 1 MUTEXLOCK g = 2 MUTEXUNLOCK",
        "CONDUCTANCE g USEION k CONDUCTANCE g i = g",
        "while (g < 1) { g = g + 1 } if (g > 1) { i = 0 } else if (g < 0) { i = 1 } else { i = 2 }",
        'printf("%g %g\n", v, t)',
        "i = 1 : a comment { with ) brackets\n ? another\n COMMENT and a\nblock ENDCOMMENT i = 2",
        "FROM i=0 TO N-1 { a[i] = i*2 } i = a[N - 1]",
        "state_discontinuity(g, g + 1) at_time(3)",
        "i = nrn_ghk(v, 1, 2, 2) + exprelr(v) + pow(v, 2) + scop_random(1)",
        "i = diam + area + celsius + dt + t",
        "LOCAL celsius, v, i0 v = 1 celsius = 2",
        "i\n=\n1",
        "\ti\t=\t1\r\n\r g = 2\r",
    ],
)
def test_statements_of_all_kinds(code: str) -> None:
    assert breakpoint_of(code, "DEFINE N 4\nASSIGNED { a[N] }\n")


def test_random_numbers() -> None:
    head = "NEURON { SUFFIX x RANDOM r, s RANGE g }\nASSIGNED { i }\nPARAMETER { g = 1 }"
    assert breakpoint_of("i = random_uniform(r, 0, 1) + random_negexp(s) + random_normal(r, 0, 1)", head=head)
    assert "RANDOM stream" in refused(head + "BREAKPOINT { i = random_uniform(g) }").message


def test_places_are_those_of_the_text() -> None:
    statement = breakpoint_of("\n\n   i = 3 +\n g")[0]
    assert isinstance(statement, Assign)
    assert (statement.place.line, statement.place.column) == (7, 4)
    assert isinstance(statement.value, Binary)
    assert (statement.value.place.line, statement.value.place.column) == (7, 10)
    assert (statement.value.right.place.line, statement.value.right.place.column) == (8, 2)


REFUSALS = [
    # text, line, part of the message, part of the hint
    (HEAD + "BREAKPOINT { i = zz }", 4, "zz isn't declared", "declare zz"),
    (HEAD + "PARAMETER { gbar = 1 }\nBREAKPOINT { i = gbra }", 5, "gbra isn't declared", "did you mean gbar?"),
    (HEAD + "BREAKPOINT { i = expp(v) }", 4, "there is no function expp", "did you mean exp?"),
    (HEAD + "BREAKPOINT { i = f(1) }\nFUNCTION f(a, b) { f = a }", 4, "f takes 2 arguments, not 1", ""),
    (HEAD + "BREAKPOINT { i = exp(1, 2) }", 4, "exp takes 1 argument, not 2", ""),
    (HEAD + "PARAMETER { g = 2 }", 4, "g is declared twice, in PARAMETER and in PARAMETER", ""),
    (HEAD + "STATE { i }", 4, "i is declared twice, in ASSIGNED and in STATE", ""),
    (HEAD + "UNITS { q = 1 (mV) q = 2 (mV) }", 4, "q is declared twice in UNITS", ""),
    (HEAD + "FUNCTION g(x) { g = x }", 4, "g is both a FUNCTION and declared in PARAMETER", ""),
    (HEAD + "FUNCTION f(x) { f = x }\nPROCEDURE f() { }", 5, "two blocks called f", ""),
    (HEAD + "CONSTANT { q = 1 }\nINITIAL { q = 2 }", 5, "q is a constant", "ASSIGNED"),
    (HEAD + "FUNCTION f(x) { f = x }\nINITIAL { f = 2 }", 5, "f is a FUNCTION", ""),
    (HEAD + "FUNCTION f(x) { f = x }\nINITIAL { g = f }", 5, "f is a FUNCTION and needs arguments", "f(...)"),
    (HEAD + "FUNCTION f(x) {\n f = f(x - 1) }", 5, "recursion isn't run: f -> f", "loop"),
    (HEAD + "FUNCTION f(x) { f = h(x) }\nFUNCTION h(x) { h = f(x) }", 5, "recursion isn't run: f -> h -> f", "loop"),
    (
        HEAD + "BREAKPOINT {\nSOLVE staes METHOD cnexp }\nSTATE { m } DERIVATIVE states { m' = 1 }",
        5,
        "no block staes",
        "states",
    ),
    (HEAD + "BREAKPOINT { SOLVE s METHOD cnxp }\nSTATE { m } DERIVATIVE s { m' = 1 }", 4, "no method cnxp", "cnexp"),
    (
        HEAD + "BREAKPOINT { SOLVE s METHOD adams }\nSTATE { m } DERIVATIVE s { m' = 1 }",
        4,
        "no method adams any more",
        "cnexp",
    ),
    (
        HEAD + "BREAKPOINT { SOLVE s METHOD sparse }\nPROCEDURE s() { g = 1 }",
        4,
        "can't be solved by sparse",
        "leave METHOD",
    ),
    (
        HEAD + "BREAKPOINT { SOLVE s METHOD cnexp }\nSTATE { m n } KINETIC s { ~ m <-> n (1, 2) }",
        4,
        "can't be solved by cnexp",
        "",
    ),
    (HEAD + "DERIVATIVE s { m' = 1 }", 4, "m isn't a STATE", "declare it in STATE"),
    (HEAD + "STATE { m } DERIVATIVE s { m'' = 1 }", 4, "rates of rates", "two STATEs"),
    (HEAD + "ASSIGNED { a[3] }\nBREAKPOINT { i = a }", 5, "a is an array", "a[0]"),
    (HEAD + "BREAKPOINT { i = g[1] }", 4, "g isn't an array", ""),
    (HEAD + "ASSIGNED { a[3] }\nBREAKPOINT { i = a[3] }", 5, "a has 3 elements", ""),
    (HEAD + "BREAKPOINT { t = 1 }", 4, "t belongs to the simulation", ""),
    (HEAD + "PARAMETER { STEP = 1 }", 4, "'STEP' can't stand here", "a word of NMODL"),
    (HEAD + "BREAKPOINT { i = 1; }", 4, "';'", "nothing between"),
    (HEAD + "BREAKPOINT { i = 5 % 2 }", 4, "'%'", "fmod"),
    (HEAD + "BREAKPOINT { i = 1 ", 4, "never closed", ""),
    (HEAD + "BREAKPOINT { i = (1 + 2 }", 4, "'}' can't stand here", ""),
    (HEAD + "BREAKPOINT { i = 1 } }", 4, "'}' can't stand here", ""),
    (HEAD + "BREAKPOINT { i = }", 4, "'}' can't stand here", ""),
    (HEAD + "ASSIGNED { a (mV }", 4, "has no ')'", ""),
    (HEAD + "VERBATIM\nreturn 0;", 4, "VERBATIM has no ENDVERBATIM", ""),
    (HEAD + "COMMENT\nblah", 4, "COMMENT has no ENDCOMMENT", ""),
    (HEAD + 'BREAKPOINT { printf("abc) }', 4, "no closing quote", ""),
    (HEAD + "BREAKPOINT { i = é }", 4, "'é'", ""),
    (HEAD + "DEFINE N\n", 4, "DEFINE needs", ""),
    (HEAD + "ASSIGNED { a[0] }", 4, "an array has 1 to", ""),
    (HEAD + "ASSIGNED { a[1000000] }", 4, "an array has 1 to", ""),
    (HEAD + "PARAMETER { q = 1e999 }", 4, "too large", ""),
    (HEAD + "UNITS { q = (florps) (ms) }", 4, "there is no unit (florps)", ""),
    (HEAD + "STATE { m } DERIVATIVE s { ~ m <-> m (1, 2) }", 4, "'<->' can't stand here", "KINETIC"),
    (HEAD + "STATE { m } DERIVATIVE s { ~ m = 1 }", 4, "an equation can stand only in LINEAR and NONLINEAR", ""),
    (HEAD + "STATE { m } DERIVATIVE s { CONSERVE m = 1 }", 4, "CONSERVE can stand only in KINETIC", ""),
    (HEAD + "BREAKPOINT { WATCH (v > 1) 2 }", 4, "WATCH can stand only in NET_RECEIVE", ""),
    (HEAD + "NET_RECEIVE (w) { g = w }", 4, "only a point process", "POINT_PROCESS"),
    (HEAD + "BREAKPOINT { i = g 'm }", 4, "no use for", "prime"),
    (HEAD + "STATE { m } NONLINEAR s { ~ m = 1 ~+ m = 2 }", 4, "'~+'", "one '~'"),
    (POINT + "PROCEDURE p() { net_send(1, 1) }", 4, "net_send can stand only in NET_RECEIVE", ""),
    (POINT + "NET_RECEIVE (w) { WATCH (v) 2 }", 4, "WATCH compares", "WATCH (v > threshold) 2"),
    (POINT + "NET_RECEIVE (w, a) { FOR_NETCONS(w) { } }", 4, "another number of arguments", ""),
    (POINT + "NET_RECEIVE (w) { }\nNET_RECEIVE (w) { }", 5, "NET_RECEIVE block already", ""),
    ("NEURON { SUFFIX a }\nNEURON { SUFFIX b }", 2, "called a already", ""),
    (HEAD + "BREAKPOINT { LAG v BY g }", 4, "LAG isn't run", "variable"),
    (HEAD + "PLOT v VS t", 4, "PLOT belongs to SCoP", "leave"),
    (HEAD + "TERMINAL { g = 1 }", 4, "TERMINAL", "leave"),
    (HEAD + "BREAKPOINT { i = romberg(v) }", 4, "romberg belongs to SCoP", "DERIVATIVE"),
    (HEAD + "STATE { m } DISCRETE s { m = m@1 }", 4, "'@'", "variable of your own"),
    (HEAD + "PARTIAL s { }", 4, "PARTIAL", "KINETIC"),
    (HEAD + 'INCLUDE "a.inc"', 4, "needs a folder", "path"),
    (HEAD + "BREAKPOINT { i = -" + "(" * 100 + "1" + ")" * 100 + "}", 4, "deep", ""),
    (HEAD + "BREAKPOINT { i = " + "-" * 500 + "1 }", 4, "deep", ""),
    (HEAD + "BREAKPOINT { i = 1" + " + 1" * 500 + " }", 4, "deep", ""),
]


@pytest.mark.parametrize(("text", "line", "message", "hint"), REFUSALS, ids=[one[2][:40] for one in REFUSALS])
def test_refusals(text: str, line: int, message: str, hint: str) -> None:
    error = refused(text)
    assert error.line == line
    assert error.column >= 1
    assert message in error.message
    assert hint in error.hint


def test_includes(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.inc").write_text("PARAMETER { h = 2 }")
    (tmp_path / "rates.inc").write_bytes(b'INCLUDE "sub/more.inc"\nFUNCTION f(x) { f = x*h : \xb5\n}')
    text = HEAD + 'INCLUDE "rates.inc"\nBREAKPOINT { i = f(v) }'
    file = parse(text, "x.mod", tmp_path)
    block = file.block("f")
    assert block is not None
    assert block.place.file == "rates.inc"
    assert [one.name for one in file.parameters] == ["g", "h"]
    (tmp_path / "rates.inc").write_text("\nFUNCTION f(x) { f = q }")
    with pytest.raises(NmodlError) as caught:
        parse(text, "x.mod", tmp_path)
    assert (caught.value.file, caught.value.line) == ("rates.inc", 2)


def test_includes_stay_in_their_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.inc").write_text("PARAMETER { h = 2 }")
    (inside / "link.inc").symlink_to(tmp_path / "secret.inc")
    (inside / "self.inc").write_text('INCLUDE "self.inc"')
    for count in range(20):
        (inside / f"deep{count}.inc").write_text(f'INCLUDE "deep{count + 1}.inc"')
    for name, message in {
        "../secret.inc": "leads out",
        str(tmp_path / "secret.inc"): "leads out",
        "link.inc": "leads out",
        "self.inc": "includes itself",
        "deep0.inc": "files deep",
        "nowhere.inc": "there is no file",
        "": "there is no file",
        "a\0b": "isn't the name of a file",
        ".": "there is no file",
    }.items():
        with pytest.raises(NmodlError, match=message):
            parse(f'INCLUDE "{name}"', folder=inside)


def test_a_published_size_is_read_in_time() -> None:
    channel = textwrap.dedent(
        """
        NEURON {{ SUFFIX k{0} RANGE gbar{0} USEION k READ ek WRITE ik }}
        PARAMETER {{ gbar{0} = 0.01 (S/cm2) }}
        STATE {{ m{0} h{0} }}
        DERIVATIVE states{0} {{ m{0}' = (inf(v) - m{0})/tau(v) h{0}' = (1 - inf(v) - h{0})/(2 + tau(v)) }}
        FUNCTION q{0}(v (mV)) {{ q{0} = 0.1*(v + 40)/(1 - exp(-(v + 40)/10)) + 4*exp(-(v + 65)/18) }}
        """
    )
    blocks = [channel.format(count) for count in range(60)]
    text = blocks[0] + "".join("\n".join(block.split("\n")[2:]) for block in blocks[1:])
    text += "ASSIGNED { v ek ik }\nFUNCTION inf(v) { inf = 1 }\nFUNCTION tau(v) { tau = 1 }\n"
    assert text.count("\n") > 240
    parse(text)
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 0.5
