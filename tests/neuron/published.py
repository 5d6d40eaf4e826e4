"""Published channels as NMODL, each named as the library's own that it is compared with."""

_VTRAP = """
FUNCTION vtrap(x, y) { if (fabs(x/y) < 1e-6) { vtrap = y*(1 - x/y/2) } else { vtrap = x/(exp(x/y) - 1) } }
"""


def _channel(
    name: str, ions: str, current: str, gates: dict[str, str], rates: str, parameters: str = "gbar = 0", known: str = ""
) -> str:
    """A channel whose gates have steady states and time constants, `minf` and `mtau`, set by `rates`.

    **Arguments:** `current`, the statement that computes it; `gates`, with the factor of each gate's speed.
    """
    numbers = " ".join(f"{gate}inf {gate}tau" for gate in gates)
    ranged = ", ".join(line.split("=")[0].strip() for line in parameters.splitlines())
    return f"""
NEURON {{ SUFFIX {name} {ions} RANGE {ranged} }}
UNITS {{ FARADAY = (faraday) (coulomb) R = (k-mole) (joule/degC) }}
PARAMETER {{ {parameters} }}
ASSIGNED {{ v celsius {known} {numbers} }}
STATE {{ {" ".join(gates)} }}
INITIAL {{ rates() {" ".join(f"{gate} = {gate}inf" for gate in gates)} }}
BREAKPOINT {{ SOLVE s METHOD cnexp {current} }}
DERIVATIVE s {{ rates() {" ".join(f"{gate}' = ({gate}inf - {gate})/{gate}tau" for gate in gates)} }}
PROCEDURE rates() {{ LOCAL a, b, x
{rates}
{" ".join(f"{gate}tau = {gate}tau/({q})" for gate, q in gates.items())}
}}
{_VTRAP}"""


_NA = ("USEION na READ ena WRITE ina", "ena ina")
_K = ("USEION k READ ek WRITE ik", "ek ik")
_K_CA = ("USEION k READ ek WRITE ik USEION ca READ cai", "ek ik cai")
_CA = ("USEION ca READ cai, cao WRITE ica", "cai cao ica")
_PAIR = "{0}inf = a/(a + b) {0}tau = 1/(a + b)"

MODS = {
    "na_traub": _channel(
        "na_traub", _NA[0], "ina = gbar*m*m*m*h*(v - ena)", dict.fromkeys("mh", "3^((celsius - 36)/10)"),
        "x = v - vt a = 0.32*vtrap(13 - x, 4) b = 0.28*vtrap(x - 40, 5) " + _PAIR.format("m")
        + " a = 0.128*exp((17 - x)/18) b = 4/(1 + exp((40 - x)/5)) " + _PAIR.format("h"),
        "gbar = 0\nvt = -63", _NA[1],
    ),
    "na_mainen": _channel(
        "na_mainen", _NA[0], "ina = 2.3^((celsius - 23)/10)*gbar*m*m*m*h*(v - ena)",
        dict.fromkeys("mh", "2.3^((celsius - 23)/10)"),
        "x = v + shift a = 0.024*vtrap(-(x + 50), 5) b = 0.0091*vtrap(x + 75, 5) htau = 1/(a + b)"
        " hinf = 1/(1 + exp((x + 65)/6.2)) a = 0.182*vtrap(-(x + 35), 9) b = 0.124*vtrap(x + 35, 9) "
        + _PAIR.format("m"),
        "gbar = 0\nshift = -5", _NA[1],
    ),
    "kdr_traub": _channel(
        "kdr_traub", _K[0], "ik = gbar*n^4*(v - ek)", {"n": "3^((celsius - 36)/10)"},
        "x = v - vt a = 0.032*vtrap(15 - x, 5) b = 0.5*exp((10 - x)/40) " + _PAIR.format("n"),
        "gbar = 0\nvt = -63", _K[1],
    ),
    "ka1_huguenard": _channel(
        "ka1_huguenard", _K[0], "ik = gbar*m^4*h*(v - ek)", dict.fromkeys("mh", "3^((celsius - 23.5)/10)"),
        "minf = 1/(1 + exp(-(v + 60)/8.5)) mtau = 0.37 + 1/(exp((v + 35.82)/19.69) + exp(-(v + 79.69)/12.7))"
        " hinf = 1/(1 + exp((v + 78)/6)) if (v < -63) { htau = 1/(exp((v + 46.05)/5) + exp(-(v + 238.4)/37.45)) }"
        " else { htau = 19 }", known=_K[1],
    ),
    "k2b_huguenard": _channel(
        "k2b_huguenard", _K[0], "ik = gbar*m*h*(v - ek)", dict.fromkeys("mh", "3^((celsius - 23.5)/10)"),
        "minf = (1/(1 + exp(-(v + 43)/17)))^4 mtau = 9.9 + 1/(exp((v - 80.98)/25.64) + exp(-(v + 132)/17.953))"
        " hinf = 1/(1 + exp((v + 58)/10.6)) if (v < -70) { htau = 120 + 1/(exp((v - 1329)/200)"
        " + exp(-(v + 129.7)/7.143)) } else { htau = 8930 }", known=_K[1],
    ),
    "bk_moczydlowski": _channel(
        "bk_moczydlowski", _K_CA[0], "ik = gbar*o*(v - ek)", {"o": "1"},
        "x = -2*FARADAY*v*0.001/R/(273.15 + celsius) a = 0.28*cai/(cai + 0.48e-3*exp(0.84*x))"
        " b = 0.48/(1 + cai/(0.13e-6*exp(x))) " + _PAIR.format("o"), known=_K_CA[1],
    ),
    "ahp_destexhe": _channel(
        "ahp_destexhe", _K_CA[0], "ik = gbar*m*m*(v - ek)", {"m": "1"},
        "a = alpha*cai*cai b = beta " + _PAIR.format("m"), "gbar = 0\nalpha = 48\nbeta = 0.03", _K_CA[1],
    ),
    "cat_huguenard": _channel(
        "cat_huguenard", _CA[0], "ica = pbar*m*m*h*nrn_ghk(v, cai, cao, 2)",
        {"m": "3.55^((celsius - 24)/10)", "h": "3^((celsius - 24)/10)"},
        "minf = 1/(1 + exp(-(v + 57)/6.2)) mtau = 0.612 + 1/(exp(-(v + 131.6)/16.7) + exp((v + 16.8)/18.2))"
        " hinf = 1/(1 + exp((v + 81)/4.03)) if (v < -80) { htau = exp((v + 467)/66.6) }"
        " else { htau = 28 + exp(-(v + 21.88)/10.52) }", "pbar = 0", _CA[1],
    ),
    "can_jaffe": _channel(
        "can_jaffe", _CA[0],
        "ica = gbar*m*m*h*ki/(ki + cai)*nrn_ghk(v, cai, cao, 2)*R*(celsius + 273.15)*1e6/(4*FARADAY*FARADAY*cao)",
        dict.fromkeys("mh", "1"),
        "a = 0.1967*vtrap(19.88 - v, 10) b = 0.046*exp(-v/20.73) " + _PAIR.format("m")
        + " a = 1.6e-4*exp(-v/48.4) b = 1/(exp((39 - v)/10) + 1) " + _PAIR.format("h"),
        "gbar = 0\nki = 0.001", _CA[1],
    ),
    "hcn_kole": _channel(
        "hcn_kole", "NONSPECIFIC_CURRENT i", "i = gbar*m*(v - e)", {"m": "1"},
        "a = 0.00643*vtrap(v + 154.9, 11.9) b = 0.193*exp(v/33.1) " + _PAIR.format("m"), "gbar = 0\ne = -45", "i",
    ),
    "ca_decay": """
NEURON { SUFFIX ca_decay USEION ca READ ica, cai WRITE cai RANGE depth, tau, rest, gamma }
UNITS { FARADAY = (faraday) (coulomb) }
PARAMETER { depth = 0.1 tau = 80 rest = 1e-4 gamma = 0.05 }
ASSIGNED { ica }
STATE { cai }
INITIAL { cai = rest }
BREAKPOINT { SOLVE s METHOD cnexp }
DERIVATIVE s { cai' = -1e4*ica*gamma/(2*FARADAY*depth) - (cai - rest)/tau }
""",
    "ca_pump": """
NEURON { SUFFIX ca_pump USEION ca READ ica, cai WRITE cai RANGE depth, tau, rest, kt, kd }
UNITS { FARADAY = (faraday) (coulomb) }
PARAMETER { depth = 1 tau = 5 rest = 2.4e-4 kt = 1e-4 kd = 1e-4 }
ASSIGNED { ica influx }
STATE { cai }
INITIAL { cai = rest }
BREAKPOINT { SOLVE s METHOD derivimplicit }
DERIVATIVE s {
  influx = -1e4*ica/(2*FARADAY*depth)
  if (influx < 0) { influx = 0 }
  cai' = influx - kt*cai/(cai + kd) + (rest - cai)/tau
}
""",
    "ca_shells": """
NEURON { SUFFIX ca_shells USEION ca READ ica WRITE cai RANGE d, total, kf, kb, vmax, km, rest }
UNITS { FARADAY = (faraday) (coulomb) PI = (pi) (1) }
PARAMETER { d = 0.6 total = 0.03 kf = 100 kb = 0.1 vmax = 2e-4 km = 1e-3 rest = 5e-5 }
ASSIGNED { ica diam cai edge[5] vol[4] }
STATE { ca[4] free[4] bound[4] }
INITIAL {
  edge[0] = 1 edge[1] = 5/6 edge[2] = 3/6 edge[3] = 1/6 edge[4] = 0
  FROM k = 0 TO 3 {
    vol[k] = PI*diam*diam/4*(edge[k]*edge[k] - edge[k+1]*edge[k+1])
    ca[k] = rest free[k] = total*kb/(kb + kf*rest) bound[k] = total - free[k]
  }
  cai = ca[0]
}
BREAKPOINT { SOLVE s METHOD sparse }
KINETIC s {
  COMPARTMENT k, vol[k] { ca free bound }
  ~ ca[0] << (-1e4*ica*PI*diam/(2*FARADAY) - vmax*PI*diam*(ca[0]/(ca[0] + km) - rest/(rest + km)))
  FROM k = 0 TO 2 { ~ ca[k] <-> ca[k+1] (d*2*PI*edge[k+1]*3, d*2*PI*edge[k+1]*3) }
  FROM k = 0 TO 3 { ~ ca[k] + free[k] <-> bound[k] (kf*vol[k], kb*vol[k]) }
  cai = ca[0]
}
""",
}  # fmt: skip
