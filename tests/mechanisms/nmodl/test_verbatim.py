"""VERBATIM blocks: what they mean in NMODL, and the refusal of all else."""

import pytest

from rheobase.mechanisms.nmodl import NmodlError, syntax
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.walk import bodies, within
from rheobase.mechanisms.nmodl.write import write

HEAD = """
NEURON { POINT_PROCESS x RANGE g NONSPECIFIC_CURRENT i POINTER rng, vec, other }
PARAMETER { g = 1 }
ASSIGNED { v (mV) i rng vec other a[4] }
STATE { m }
"""


def lines(code: str, block: str = "BREAKPOINT", more: str = "") -> list[str]:
    """What a block with this C says in NMODL."""
    text = write(parse(f"{HEAD}{more}\n{block} {{\nVERBATIM\n{code}\nENDVERBATIM\n}}"))
    found = text.split("\n")
    start = next(index for index, line in enumerate(found) if line.startswith(block.split("(", maxsplit=1)[0]))
    if found[start].endswith("{ }"):
        return []
    end = found.index("}", start)
    return [line.strip() for line in found[start + 1 : end]]


@pytest.mark.parametrize(
    ("code", "nmodl"),
    [
        ("", []),
        ("/* nothing */ // at all", []),
        ("#include <math.h>\n#define HALF 0.5\ni = HALF * g;", ["i = 0.5 * g"]),
        ("#define TWICE(x) ((x)*2)\ni = TWICE(g + 1);", ["i = (g + 1) * 2"]),
        ("extern double foo(); double bar(int, double); void* p; static int n;", ["LOCAL n"]),
        ("i = -g*v + 2./3 - 1e-3;", ["i = -g * v + 2 / 3 - 0.001"]),
        ("i += 1; g -= 2.; v *= g; v /= 3;", ["i = i + 1", "g = g - 2", "v = v * g", "v = v / 3"]),
        ("g++; --g;", ["g = g + 1", "g = g - 1"]),
        ("i = pow(g, 2) + fabs(v) + abs(v) + sqrt(g);", ["i = g ^ 2 + fabs(v) + fabs(v) + sqrt(g)"]),
        ("if (g > 1 && v < 2) { i = 1; } else if (!g) i = 2; else { i = 3; }",
         ["IF (g > 1 && v < 2) {", "i = 1", "} ELSE IF (!g) {", "i = 2", "} ELSE {", "i = 3", "}"]),
        ("double q = g*2; i = q;", ["LOCAL q", "q = g * 2", "i = q"]),
        ("int n = (int)v; i = n/2 + 7/2;", ["LOCAL n", "n = INT(v)", "i = INT(n / 2) + INT(7 / 2)"]),
        ("i = g > 1 ? g : v;",
         ["LOCAL choice", "IF (g > 1) {", "choice = g", "} ELSE {", "choice = v", "}", "i = choice"]),
        ("double s = 0; int k; for (k = 0; k < 4; k++) { s += a[k]; } i = s;",
         ["LOCAL s, k", "s = 0", "FROM k = 0 TO 3 {", "s = s + a[k]", "}", "i = s"]),
        ("while (g < 3) g += 1;", ["WHILE (g < 3) {", "g = g + 1", "}"]),
        ('printf("%g\\n", v); fprintf(stderr, "x");', []),
        ('if (g < 0) { hoc_execerror("g must not be negative", 0); }', []),
        ("usetable = 0; usetable_x = 1;", []),
        ("if (0) { anything(at, all); } i = 1;", ["i = 1"]),
        ("#if NRNBBCORE\nnot C at all (\n#else\ni = 2;\n#endif", ["i = 2"]),
        ("#ifndef CORENEURON_BUILD\ni = 2;\n#endif", ["i = 2"]),
        ("i = M_PI * (double)g;", ["i = 3.141592653589793 * g"]),
        ("i = rate(_threadargscomma_ v) + rate(_p, _ppvar, _thread, _nt, g);", ["i = rate(v) + rate(g)"]),
        ("fill_x(_threadargs_); fill(_threadargs_);", ["fill()", "fill()"]),
        ("state_discontinuity(_cvode_ieq + 1, &m, m + g);", ["state_discontinuity(m, m + g)"]),
        ("i = Dm;", ["i = m'"]),
        ("if (_p_vec) { double* px = vector_vec(_p_vec); i = px[3]; } else { i = 0; }", ["i = 0"]),
        ("if (_p_vec && vector_capacity(_p_vec) > 2) { i = 1; }", []),
        ("{ void** pv = (void**)(&_p_rng); *pv = (void*)0; }", []),
        ("return 0;", []),
        ("i = 1; if (g > 2) return 0; i = 2;", ["i = 1", "IF (!(g > 2)) {", "i = 2", "}"]),
    ],
)  # fmt: skip
def test_c_as_nmodl(code: str, nmodl: list[str]) -> None:
    more = "FUNCTION rate(x) { rate = x }\nPROCEDURE fill() { g = 1 }\n"
    assert lines(code, more=more) == nmodl


@pytest.mark.parametrize(
    ("code", "nmodl"),
    [
        ("return _lx * 2;", ["f = x * 2"]),
        ("_lf = _lx; _lq = 1;", ["LOCAL q", "f = x", "q = 1"]),
        ("if (_lx > 0) { return 1.; } return 2.;", ["LOCAL q", "IF (x > 0) {", "f = 1", "} ELSE {", "f = 2", "}"]),
        ("double x = 3; return x + _lx;", ["LOCAL q, x_2", "x_2 = 3", "f = x_2 + x"]),
    ],
)
def test_functions(code: str, nmodl: list[str]) -> None:
    text = f"{HEAD}FUNCTION f(x) {{ LOCAL q\nVERBATIM\n{code}\nENDVERBATIM\n}}\nBREAKPOINT {{ i = f(1) }}"
    written = write(parse(text)).split("\n")
    start = written.index("FUNCTION f(x) {") + 1
    found = [line.strip() for line in written[start : written.index("}", start)]]
    assert found == (nmodl if "q" in nmodl[0] else ["LOCAL q", *nmodl])


URAND = (
    HEAD
    + """
BREAKPOINT { i = %s() }
FUNCTION %s() {
VERBATIM
    double value;
    if (_p_rng) {
        value = %s;
        return value;
    } else {
ENDVERBATIM
        value = scop_random()
VERBATIM
    }
ENDVERBATIM
    %s = value
}
PROCEDURE setRNG() {
VERBATIM
    {
        void** pv = (void**)(&_p_rng);
        if (ifarg(1)) { *pv = nrn_random_arg(1); } else { *pv = (void*)0; }
    }
ENDVERBATIM
}
VERBATIM
#include <stdlib.h>
static void bbcore_write(double* x, int* d, int* xx, int* offset, _threadargsproto_) { if (d) { xx->y = *x; } }
double nrn_random_pick(void* r);
ENDVERBATIM
"""
)


@pytest.mark.parametrize(
    ("name", "draw", "call"),
    [
        ("urand", "nrn_random_pick(_p_rng)", "random_uniform"),
        ("erand", "nrn_random_pick(_p_rng)", "random_negexp"),
        ("pick", "nrn_random_pick((Rand*)_p_rng /* set to Random.normal */)", "random_normal"),
        ("pick", "nrn_random_pick((Rand*)_p_rng)", "random_uniform"),
        ("urand", "nrnran123_dblpick((nrnran123_State*)_p_rng)", "random_uniform"),
        ("any", "nrnran123_negexp((nrnran123_State*)_p_rng)", "random_negexp"),
        ("any", "nrnran123_normal(_p_rng)", "random_normal"),
    ],
)
def test_random_streams(name: str, draw: str, call: str) -> None:
    file = parse(URAND % (name, name, draw, name))
    assert file.randoms == ("rng",)
    assert file.pointers == ("vec", "other")
    assert "rng" not in {one.name for one in file.assigned}
    block = file.block(name)
    assert block is not None
    calls = [one.name for one in within(block.body) if isinstance(one, syntax.Call)]
    assert calls == [call]
    setter = file.block("setRNG")
    assert setter is not None
    assert not setter.body


def test_newer_and_older_streams_in_one() -> None:
    file = parse(
        """
        NEURON { POINT_PROCESS s BBCOREPOINTER r RANGE q }
        PARAMETER { q = 1 }
        ASSIGNED { r usingR123 }
        VERBATIM
        #ifndef NRN_VERSION_GTEQ_8_2_0
        extern double nrn_random_pick(void* r);
        #define RANDCAST
        #else
        #define RANDCAST (Rand*)
        #endif
        static int _ran_compat; /* 0 by default */
        #define IFNEWSTYLE(arg) if(_ran_compat == 2) { arg }
        ENDVERBATIM
        INITIAL {
            VERBATIM
            if (_p_r) {
                IFNEWSTYLE(nrnran123_setseq((nrnran123_State*)_p_r, 0, 0);)
            }
            ENDVERBATIM
            q = draw()
        }
        FUNCTION draw() {
            VERBATIM
            double value = 0.0;
            if (_ran_compat == 2) {
                value = nrnran123_negexp((nrnran123_State*)_p_r);
            } else if (_p_r) {
                #ifndef CORENEURON_BUILD
                value = nrn_random_pick(RANDCAST _p_r);
                #endif
            } else {
                hoc_execerror("no stream", (char*)0);
            }
            _ldraw = value;
            ENDVERBATIM
        }
        DESTRUCTOR { VERBATIM { Info** i = (Info**)&_p_r; free((*i)->x); } ENDVERBATIM }
        FUNCTION bbsavestate() {
            bbsavestate = 0
            VERBATIM
            double *xdir = hoc_pgetarg(1); *xdir = -1;
            ENDVERBATIM
        }
        """
    )
    assert file.randoms == ("r",)
    assert not file.pointers
    assert file.initial is not None
    assert len(file.initial.body) == 1
    draw = file.block("draw")
    assert draw is not None
    assert [one.name for one in within(draw.body) if isinstance(one, syntax.Call)] == ["random_negexp"]


def test_return_leaves_a_net_receive_block() -> None:
    file = parse(
        HEAD
        + """
        NET_RECEIVE (w, a) {
            INITIAL { a = 1 }
            IF (w <= 0) {
                VERBATIM
                return;
                ENDVERBATIM
            }
            g = g + w
        }
        """
    )
    assert file.net_receive is not None
    first, decision = file.net_receive.body
    assert isinstance(first, syntax.InitialPart)
    assert isinstance(decision, syntax.If)
    assert len(decision.then) == 1
    assert not decision.otherwise


VECSTIMS = [
    """
    NEURON { ARTIFICIAL_CELL %s POINTER space }
    PARAMETER { ping = 1 (ms) }
    ASSIGNED { index etime (ms) space }
    INITIAL { index = 0 element() if (index > 0) { net_send(etime - t, 1) } if (ping > 0) { net_send(ping, 2) } }
    NET_RECEIVE (w) { if (flag == 1) { net_event(t) element() if (index > 0) { net_send(etime - t, 1) } } }
    VERBATIM
    extern double* vector_vec(); extern int vector_capacity(); extern void* vector_arg();
    ENDVERBATIM
    PROCEDURE element() {
    VERBATIM
      { void* vv; int i, size; double* px;
        i = (int)index;
        vv = *((void**)(&space));
        if (vv) { size = vector_capacity(vv); px = vector_vec(vv);
            if (i < size) { etime = px[i]; index += 1.; } else { index = -1.; } }
      }
    ENDVERBATIM
    }
    PROCEDURE play() {
    VERBATIM
        void** vv = (void**)(&space); *vv = (void*)0;
        if (ifarg(1)) { *vv = vector_arg(1); }
    ENDVERBATIM
    }
    """
]


@pytest.mark.parametrize("text", VECSTIMS)
def test_spike_vectors(text: str) -> None:
    file = parse(text % "VecStim")
    assert file.idiom == "vecstim"
    assert file.suffix == "VecStim"
    again = parse(write(file))
    assert again.idiom == "vecstim"


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("i = vector_vec(q)[2];", 8, "what a pointer points to"),
        ("\ni = unknown_function(v);", 9, "C's function unknown_function isn't known"),
        ("i = strange;", 8, "C's strange isn't known"),
        ("nt->x = 1;", 8, "C's structures"),
        ("double *p = &g; i = p[1];", 8, "what a pointer points to"),
        ("struct s { int a; };", 8, ""),
        ("switch (1) { case 1: break; }", 8, "switch"),
        ("goto end;", 8, "goto"),
        ("i = g & 1;", 8, ""),
        ("i = g << 1;", 8, ""),
        ("i = ;", 8, ""),
        ("i = 1", 8, "';' is expected"),
        ("{ i = 1;", 8, "never closed"),
        ("i = `1`;", 8, "more C than is read"),
        ("asm(\"nop\");", 8, "function asm"),
        ("while (g > 0) { if (v > 0) return 1; }", 8, "a return within a loop"),
        ("i = " + "(" * 300 + "1" + ")" * 300 + ";", 8, "deep"),
        ("i = " + "- " * 3000 + "1;", 8, "deep"),
        ("{" * 300 + "}" * 300, 8, "deep"),
        ("if (g) " * 300 + ";", 8, "deep"),
        ("#define A A A\ni = A;", 9, "macros"),
    ],
)  # fmt: skip
def test_refusals(code: str, line: int, message: str) -> None:
    with pytest.raises(NmodlError) as caught:
        parse(f"{HEAD}\nBREAKPOINT {{ VERBATIM\n{code}\nENDVERBATIM }}", "x.mod")
    assert message in caught.value.message
    assert caught.value.line == line
    assert caught.value.hint


def test_nothing_of_c_is_left() -> None:
    file = parse(HEAD + "VERBATIM\nint f(int x) { return x; }\nENDVERBATIM\nBREAKPOINT { VERBATIM i = 1; ENDVERBATIM }")
    assert not file.verbatim
    assert not any(isinstance(one, syntax.Verbatim) for _, body in bodies(file) for one in within(body))
