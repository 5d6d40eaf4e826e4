"""Loading NMODL: from text, files and folders; function tables; rates."""

from pathlib import Path

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import mechanism
from rheobase.mechanisms.registry import compiled, program_of

LEAK = """
TITLE a leak
NEURON { SUFFIX loaded_leak NONSPECIFIC_CURRENT i RANGE g, e }
PARAMETER { g = 0.001 (S/cm2) e = -70 (mV) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g*(v - e) }
"""

TABLED = """
NEURON { SUFFIX loaded_tabled NONSPECIFIC_CURRENT i }
ASSIGNED { v (mV) i (mA/cm2) }
STATE { m }
INITIAL { m = 0.5 }
BREAKPOINT { SOLVE states METHOD cnexp i = 1e-3*m*(v + 70) }
DERIVATIVE states { m' = (inf(v, 2) - m)/tau(v) }
FUNCTION_TABLE tau(v (mV)) (ms)
FUNCTION_TABLE inf(v (mV), x)
"""


def test_equal_texts_are_one_class_and_another_of_the_name_replaces_it() -> None:
    first = rb.load_mod(text=LEAK, name="leak")
    assert rb.load_mod(text=LEAK, name="leak") is first
    assert mechanism("loaded_leak") is first
    with pytest.warns(UserWarning, match="'loaded_leak' that was just loaded replaces"):
        second = rb.load_mod(text=LEAK.replace("0.001", "0.002"), name="leak")
    assert mechanism("loaded_leak") is second
    assert first.parameter("g").default == 0.001
    assert "a leak" in second.source
    assert second.to_nmodl().count("loaded_leak") == 1  # type: ignore[attr-defined]


def test_a_folder_loads_what_it_can_and_tells_the_rest(tmp_path: Path) -> None:
    (tmp_path / "good.mod").write_text(LEAK.replace("loaded_leak", "from_folder"))
    (tmp_path / "bad.mod").write_text("NEURON { SUFFIX bad\n RANGE }")
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.warns(UserWarning, match=r"left out: bad.mod, line 2"):
        found = rb.load_mods(tmp_path)
    assert list(found) == ["from_folder"]
    with pytest.raises(rb.NmodlError) as caught:
        rb.load_mods(tmp_path, strict=True)
    assert (caught.value.file, caught.value.line) == ("bad.mod", 2)
    with pytest.raises(NotADirectoryError):
        rb.load_mods(tmp_path / "none")


def test_what_is_included_stands_in_the_source(tmp_path: Path) -> None:
    (tmp_path / "part.inc").write_text("PARAMETER { g = 0.003 (S/cm2) e = -70 (mV) }")
    body = LEAK.replace("PARAMETER { g = 0.001 (S/cm2) e = -70 (mV) }", 'INCLUDE "part.inc"')
    (tmp_path / "whole.mod").write_text(body.replace("loaded_leak", "with_include"))
    whole = rb.load_mod(tmp_path / "whole.mod")
    assert whole.parameter("g").default == 0.003
    assert whole.made_from is not None
    assert "INCLUDE" not in whole.made_from.text
    assert compiled(whole.made_from) is whole


def test_function_tables() -> None:
    tabled = rb.load_mod(text=TABLED, name="tabled")
    with pytest.raises(rb.NmodlError, match=r"rb\.function_table"):
        tabled.rates([-65.0])
    assert rb.function_table(tabled, "tau", [-100, 0, 100], [1, 3, 7]) is tabled
    rb.function_table(tabled, "inf", [-100, 100], [0, 4], [[0, 1], [0, 0]])
    rates = tabled.rates([-200.0, -50.0, 50.0])
    np.testing.assert_allclose(rates.mtau, [1, 2, 5])
    np.testing.assert_allclose(rates.minf, [0.5, 0.375, 0.125])
    with pytest.warns(UserWarning, match="replaces"):
        other = rb.function_table(tabled, "tau", [-100, 100], [2, 2])
    assert other is not tabled
    np.testing.assert_allclose(other.rates([0.0]).mtau, 2)
    np.testing.assert_allclose(tabled.rates([0.0]).mtau, 3)
    assert other.made_from is not None
    assert "rb.function_table(" in program_of(other.made_from)
    with pytest.raises(KeyError, match="tau"):
        rb.function_table(tabled, "rate", [0, 1], [1, 2])
    with pytest.raises(ValueError, match="increase"):
        rb.function_table(tabled, "tau", [1, 0], [1, 2])
    with pytest.raises(ValueError, match="shape"):
        rb.function_table(tabled, "tau", [0, 1], [1, 2, 3])


def test_rates_of_a_step_by_hand_are_those_of_its_equation() -> None:
    text = """
    NEURON { SUFFIX loaded_hand NONSPECIFIC_CURRENT i RANGE vh }
    PARAMETER { vh = -40 dt v celsius }
    ASSIGNED { i inf tau }
    STATE { n }
    INITIAL { settle() n = inf }
    BREAKPOINT { SOLVE states i = 1e-4*n*(v + 80) }
    PROCEDURE settle() { inf = 1/(1 + exp(-(v - vh)/9)) tau = (1 + 4*exp(-((v - vh)/30)^2))/3^((celsius - 22)/10) }
    PROCEDURE states() { settle() n = n + (1 - exp(-dt/tau))*(inf - n) }
    """
    v = np.linspace(-100, 50, 7)
    rates = rb.load_mod(text=text, name="hand").rates(v, celsius=32, vh=-30)
    np.testing.assert_allclose(rates.ninf, 1 / (1 + np.exp(-(v + 30) / 9)), rtol=1e-9)
    np.testing.assert_allclose(rates.ntau, (1 + 4 * np.exp(-(((v + 30) / 30) ** 2))) / 3, rtol=1e-9)
    assert list(rates.index) == list(v)


def test_rates_of_a_built_in_mechanism() -> None:
    rates = mechanism("hh").rates([-65.0, 0.0], celsius=16.3)
    assert list(rates.columns) == ["minf", "mtau", "hinf", "htau", "ninf", "ntau"]
    cold = mechanism("hh").rates([-65.0, 0.0])
    np.testing.assert_allclose(rates.mtau * 3, cold.mtau)
    with pytest.raises(KeyError, match="gnabar"):
        mechanism("hh").rates([0.0], nothing=1)


def test_load_mod_takes_one_of_path_and_text(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        rb.load_mod()
    with pytest.raises(FileNotFoundError):
        rb.load_mod(tmp_path / "none.mod")


def test_tables_are_used_where_they_are_asked_for() -> None:
    text = """
    NEURON { SUFFIX loaded_table NONSPECIFIC_CURRENT i RANGE vh }
    PARAMETER { vh = -40 celsius }
    ASSIGNED { v i inf tau }
    STATE { n }
    INITIAL { settle(v) n = inf }
    BREAKPOINT { SOLVE states METHOD cnexp i = 1e-4*n*(v + 80) }
    DERIVATIVE states { settle(v) n' = (inf - n)/tau }
    PROCEDURE settle(u) {
      TABLE inf, tau DEPEND vh, celsius FROM -100 TO 100 WITH 20
      inf = curve(u - vh) tau = 3
    }
    FUNCTION curve(x) { curve = 1/(1 + exp(-x/9)) }
    """
    exact = rb.load_mod(text=text, name="table")
    with pytest.warns(UserWarning, match="replaces"):
        tabled = rb.load_mod(text=text, name="table", tables=True)
    assert tabled is not exact
    assert tabled.made_from is not None
    assert compiled(tabled.made_from) is tabled
    v = np.array([-150.0, -40.0, -36.0, 120.0])

    def curve(u: float) -> float:
        return float(1 / (1 + np.exp(-(u + 40) / 9)))

    between = curve(-40) + 0.4 * (curve(-30) - curve(-40))
    np.testing.assert_allclose(tabled.rates(v).ninf, [curve(-100), curve(-40), between, curve(100)], rtol=1e-9)
    np.testing.assert_allclose(exact.rates(v).ninf, [curve(u) for u in v], rtol=1e-9)


def test_a_pointer_that_would_be_changed_is_told() -> None:
    text = "NEURON { SUFFIX changer POINTER far }\nASSIGNED { v far }\nBREAKPOINT { far = v }"
    with pytest.warns(UserWarning, match="changer assigns to the POINTER far"):
        rb.load_mod(text=text, name="changer")
