"""What every NMODL file knows without declaring it."""

from rheobase.mechanisms.nmodl import syntax

VARIABLES = frozenset(["v", "t", "dt", "celsius", "diam", "area", "secondorder"])
"""Variables of the simulator."""

FACTORS = {"PI": ("pi", "1"), "M_PI": ("pi", "1"), "FARADAY": ("faraday", "coulomb"), "R": ("k-mole", "joule/degC")}
"""Factors of units that a file may use as if it had declared them."""

FUNCTIONS: dict[str, tuple[int, int]] = {
    # C99
    "exp": (1, 1), "log": (1, 1), "log10": (1, 1), "log2": (1, 1), "log1p": (1, 1), "expm1": (1, 1), "exp2": (1, 1),
    "sqrt": (1, 1), "cbrt": (1, 1), "pow": (2, 2), "fabs": (1, 1), "abs": (1, 1), "hypot": (2, 2),
    "sin": (1, 1), "cos": (1, 1), "tan": (1, 1), "asin": (1, 1), "acos": (1, 1), "atan": (1, 1), "atan2": (2, 2),
    "sinh": (1, 1), "cosh": (1, 1), "tanh": (1, 1), "asinh": (1, 1), "acosh": (1, 1), "atanh": (1, 1),
    "floor": (1, 1), "ceil": (1, 1), "trunc": (1, 1), "round": (1, 1), "rint": (1, 1), "fmod": (2, 2),
    "fmin": (2, 2), "fmax": (2, 2), "erf": (1, 1), "erfc": (1, 1), "lgamma": (1, 1), "tgamma": (1, 1),
    # NEURON
    "INT": (1, 1), "exprelr": (1, 1), "nrn_ghk": (4, 4), "at_time": (1, 1), "state_discontinuity": (2, 2),
    "net_send": (2, 2), "net_move": (1, 1), "net_event": (1, 1), "nrn_pointing": (1, 1), "printf": (1, 100),
    "scop_random": (0, 1), "set_seed": (1, 1), "exprand": (1, 1), "normrand": (2, 2), "poisrand": (1, 1),
    "random_uniform": (1, 3), "random_negexp": (1, 2), "random_normal": (1, 3), "random_ipick": (1, 1),
    "random_dpick": (1, 1), "random_setseq": (2, 2), "random_setids": (4, 4), "factorial": (1, 1), "gauss": (3, 3),
    "hyperbol": (3, 3), "revhyperbol": (3, 3), "sigmoid": (4, 4), "revsigmoid": (4, 4), "poisson": (2, 2),
    "harmonic": (3, 3), "threshold": (3, 3), "step": (3, 3), "ramp": (4, 4), "pulse": (4, 4), "squarewave": (3, 3),
    "sawtooth": (3, 3), "revsawtooth": (3, 3), "perpulse": (5, 5), "perstep": (4, 4),
}  # fmt: skip
"""Functions with the least and the greatest number of their arguments."""

REFUSED = {
    name: ("belongs to SCoP and isn't run", hint)
    for name, hint in {
        "deflate": "find the root in a NONLINEAR block",
        "derivs": "write the derivative out",
        "boundary": "find the solution in a NONLINEAR block",
        "romberg": "integrate in a DERIVATIVE block",
        "legendre": "write the polynomial out",
        "invert": "write the equations in a LINEAR block",
        "spline": "use a FUNCTION_TABLE",
        "expfit": "fit before, and write the values in PARAMETER",
        "force": "use a FUNCTION_TABLE",
        "stepforce": "use a FUNCTION_TABLE",
        "schedule": "use a FUNCTION_TABLE",
        "error": "leave it out",
        "prterr": "leave it out",
        "abort_run": "leave it out",
        "nrn_random_play": "declare RANDOM in the NEURON block and draw by random_uniform",
    }.items()
}
"""Functions that NEURON still names and that aren't run, each with why and what to do instead."""

METHODS = {
    "DERIVATIVE": ("cnexp", "derivimplicit", "sparse", "euler", "runge", "after_cvode", "cvode_t", ""),
    "KINETIC": ("sparse", "euler", "runge", "after_cvode", "cvode_t", ""),
    "LINEAR": ("simeq", "after_cvode", "cvode_t", ""),
    "NONLINEAR": ("newton", "after_cvode", "cvode_t", ""),
    "PROCEDURE": ("after_cvode", "cvode_t", ""),
    "DISCRETE": ("after_cvode", "cvode_t", ""),
}
"""The methods that each block may be solved by; empty where none is named."""

OLD_METHODS = frozenset(
    ["adams", "heun", "gear", "adeuler", "adrunge", "clsoda", "seidel", "simplex", "_advance", "cvode_t_v"]
)
"""Methods that NEURON no longer has."""


def ion_variables(file: syntax.File) -> set[str]:
    """The concentrations, currents and reversal potentials that a file reads or writes."""
    return {name for ion in file.ions for name in (*ion.reads, *ion.writes)}
