"""The syntax tree of an NMODL file: frozen values that say what stands where, and nothing of what it means."""

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the text something stands. **Fields:** `line` and `column`, from 1; `file`, empty for the main one."""

    line: int
    column: int
    file: str = ""


# Expressions


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written. **Fields:** `unit`, the unit in parentheses behind it, or empty."""

    value: float
    place: Place
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted string, which only calls such as `printf` take."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Name:
    """A variable. **Fields:** `order`, the number of primes: 1 for `m'`."""

    name: str
    place: Place
    order: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """An element of an array, `ca[i]`, or with `order` 1 its rate, `ca'[i]`."""

    name: str
    index: "Expression"
    place: Place
    order: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a FUNCTION, a PROCEDURE or a built-in."""

    name: str
    arguments: "tuple[Expression, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `!x`."""

    operator: str
    operand: "Expression"
    place: Place


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and one of `+ - * / ^ < <= > >= == != && ||`."""

    operator: str
    left: "Expression"
    right: "Expression"
    place: Place


Expression: TypeAlias = Number | Text | Name | Index | Call | Unary | Binary

# Statements


@dataclass(frozen=True, slots=True)
class Assign:
    """`target = value`; with a primed target the rate of a state."""

    target: Name | Index
    value: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Do:
    """A call for its effect."""

    call: Call
    place: Place


@dataclass(frozen=True, slots=True)
class If:
    """`IF (condition) { then } ELSE { otherwise }`."""

    condition: Expression
    then: "Body"
    otherwise: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class While:
    """`WHILE (condition) { body }`."""

    condition: Expression
    body: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class From:
    """`FROM variable = first TO last BY step { body }`, `last` included."""

    variable: str
    first: Expression
    last: Expression
    step: Expression | None
    body: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class Local:
    """`LOCAL a, b[3]`: names with their lengths, 0 for a scalar."""

    variables: tuple[tuple[str, int], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Solve:
    """`SOLVE block METHOD method` or `SOLVE block STEADYSTATE method`; `method` is empty when none is given."""

    block: str
    method: str
    steady: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Reaction:
    """`~ 2 a + b <-> c (forward, backward)`; `~ a << (rate)`, a source; `~ a -> (rate)`, a sink.

    **Fields:** `left` and `right`, each species with its stoichiometric number; `arrow`, one of `<-> << ->`;
    `backward`, None for the one-way arrows.
    """

    left: tuple[tuple[int, Name | Index], ...]
    right: tuple[tuple[int, Name | Index], ...]
    arrow: str
    forward: Expression
    backward: Expression | None
    place: Place


@dataclass(frozen=True, slots=True)
class Conserve:
    """`CONSERVE left = right`."""

    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Compartment:
    """`COMPARTMENT i, volume { species }`; `variable` is empty without an index."""

    variable: str
    volume: Expression
    species: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Diffusion:
    """`LONGITUDINAL_DIFFUSION i, coefficient { species }`."""

    variable: str
    coefficient: Expression
    species: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Equation:
    """`~ left = right` in a LINEAR or NONLINEAR block."""

    left: Expression
    right: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class Watch:
    """`WATCH (condition) flag, ...`."""

    conditions: tuple[tuple[Expression, Expression], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ForNetcons:
    """`FOR_NETCONS (arguments) { body }`."""

    arguments: tuple[str, ...]
    body: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """`TABLE names DEPEND depend FROM first TO last WITH count`; no names means the function's own value."""

    names: tuple[str, ...]
    depend: tuple[str, ...]
    first: Expression
    last: Expression
    count: Expression
    place: Place


@dataclass(frozen=True, slots=True)
class InitialPart:
    """The `INITIAL { }` inside NET_RECEIVE: what a connection's own variables start as."""

    body: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class Verbatim:
    """C between VERBATIM and ENDVERBATIM, never run."""

    code: str
    place: Place


Statement: TypeAlias = (
    Assign
    | Do
    | If
    | While
    | From
    | Local
    | Solve
    | Reaction
    | Conserve
    | Compartment
    | Diffusion
    | Equation
    | Watch
    | ForNetcons
    | Table
    | InitialPart
    | Verbatim
)
Body: TypeAlias = tuple[Statement, ...]

# Declarations and blocks


@dataclass(frozen=True, slots=True)
class Ion:
    """`USEION name READ reads WRITE writes VALENCE valence`; the names as written: `ek`, `cai`, `ica`."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    valence: float | None
    place: Place


@dataclass(frozen=True, slots=True)
class Declaration:
    """A variable in PARAMETER, CONSTANT, ASSIGNED or STATE.

    **Fields:** `length`, 0 for a scalar; `value`, of a PARAMETER or CONSTANT, or None; `unit` as written, without
    parentheses; `limits`, of `<low, high>`; `start`, of a STATE's START or FROM ... TO.
    """

    name: str
    place: Place
    length: int = 0
    value: float | None = None
    unit: str = ""
    limits: tuple[float, float] | None = None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a PROCEDURE, FUNCTION or NET_RECEIVE, with its unit."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A named block: DERIVATIVE, KINETIC, LINEAR, NONLINEAR, DISCRETE, PROCEDURE, FUNCTION, FUNCTION_TABLE, ...

    **Fields:** `kind`, the keyword; `name`, for BEFORE and AFTER the word behind it (`BREAKPOINT`, `SOLVE`, `INITIAL`,
    `STEP`), empty for blocks that have none; `unit` of a FUNCTION's value.
    """

    kind: str
    name: str
    arguments: tuple[Argument, ...]
    body: Body
    place: Place
    unit: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A whole file, INCLUDEs read in, DEFINEs and PROTECT and MUTEX words dropped, their meaning kept.

    **Fields:**

    - `title`; `comments`, of COMMENT blocks and the first lines, in order, as provenance.
    - `kind`, of `"density"`, `"point"`, `"artificial"` or `"nothing"` (SUFFIX nothing), and its `suffix`.
    - `ions`, `nonspecific` and `electrode` currents, `range`, `global_`, `pointers` (POINTER and BBCOREPOINTER),
      `externals`, `randoms`, by the words of the NEURON block.
    - `units`: `UNITS` definitions that name a unit, alias to meaning (`"mA": "milliamp"`), and `factors`, those that
      name a number, resolved: `FARADAY = (faraday) (coulomb)`, `k = 1.5`.
    - `parameters`, `constants`, `assigned`, `states`, `locals` (LOCAL at file level, with length), `independent`.
    - `initial`, `breakpoint`, `net_receive`: at most one of each; `blocks`: all others, in order.
    - `verbatim`: blocks of C outside of any other; `parse` gives none, here or elsewhere.
    - `idiom`: `"vecstim"` where the file plays the events of a spike vector by its own C; its blocks then say nothing.
    """

    title: str = ""
    comments: tuple[str, ...] = ()
    kind: str = "density"
    suffix: str = ""
    suffix_place: Place = Place(1, 1)
    ions: tuple[Ion, ...] = ()
    nonspecific: tuple[str, ...] = ()
    electrode: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    global_: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    externals: tuple[str, ...] = ()
    randoms: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)
    parameters: tuple[Declaration, ...] = ()
    constants: tuple[Declaration, ...] = ()
    assigned: tuple[Declaration, ...] = ()
    states: tuple[Declaration, ...] = ()
    locals: tuple[tuple[str, int], ...] = ()
    independent: tuple[str, ...] = ()
    initial: Block | None = None
    breakpoint: Block | None = None
    net_receive: Block | None = None
    blocks: tuple[Block, ...] = ()
    verbatim: tuple[Verbatim, ...] = ()
    idiom: str = ""

    def block(self, name: str) -> Block | None:
        """The PROCEDURE, FUNCTION or solved block of this name."""
        return next((block for block in self.blocks if block.name == name), None)
