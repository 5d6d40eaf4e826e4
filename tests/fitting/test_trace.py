"""Recorded data as they come in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rheobase as rb


def test_a_file_is_read_whatever_separates_its_columns(tmp_path: Path) -> None:
    expected = rb.Trace([0, 0.1, 0.2], [-65, -64.5, -64], "mV")
    texts = {
        "plain.csv": "0,-65\n0.1,-64.5\n0.2,-64\n",
        "named.tsv": "# amplifier 3\ntime\tvoltage\n0\t-65\n0.1\t-64.5\n0.2\t-64\n",
        "german.csv": "Zeit;V\n0;-65\n0,1;-64,5\n0,2;-64\n",
        "blanks.txt": "  0 -65\n0.1   -64.5\n0.2 -64\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        found = rb.Trace.from_csv(tmp_path / name, name="")
        assert found == expected, name
    (tmp_path / "volts.csv").write_text("s,V,pA\n0,-0.065,10\n1e-4,-0.0645,20\n", encoding="utf-8")
    trace = rb.Trace.from_csv(tmp_path / "volts.csv", time="s", value="V")
    np.testing.assert_allclose([trace.time[1], trace.value[1]], [0.1, -64.5])
    current = rb.Trace.from_csv(tmp_path / "volts.csv", time="s", value="pA", columns=("s", "pA"))
    assert (current.unit, current.name) == ("nA", "pA")
    np.testing.assert_allclose(current.value, [0.01, 0.02])
    with pytest.raises(KeyError, match=r"no column in volts.csv 'nA'; did you mean 'pA'"):
        rb.Trace.from_csv(tmp_path / "volts.csv", columns=("s", "nA"))
    (tmp_path / "bad.csv").write_text("0,1\n1,x\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad.csv, line 2: 'x' is no number"):
        rb.Trace.from_csv(tmp_path / "bad.csv")


def test_what_is_wrong_with_data_is_told_with_the_sample_and_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"value\[1\], at 1 ms, is nan, .* give missing='drop' or"):
        rb.Trace([0, 1, 2], [0, np.nan, 2])
    assert len(rb.Trace([0, 1, 2], [0, np.nan, 2], missing="drop")) == 2
    assert rb.Trace([0, 1, 2], [0, np.nan, 2], missing="interpolate").value[1] == 1
    with pytest.raises(ValueError, match=r"time\[2\] = 1 ms does not come after time\[1\] = 1 ms"):
        rb.Trace([0, 1, 1], [0, 0, 0])
    with pytest.raises(ValueError, match="2 times for 3 values"):
        rb.Trace([0, 1], [0, 0, 0])
    with pytest.raises(ValueError, match="unit = 'furlong'"):
        rb.Trace([0, 1], [0, 0], "furlong")
    with pytest.raises(ValueError, match="belongs to a voltage, and this is in nA"):
        rb.Trace([0, 1], [0, 0], "pA").corrected(-14)


def test_preparation_keeps_what_it_should() -> None:
    t = np.arange(0, 10, 0.01)
    trace = rb.Trace(t, np.sin(t) + 2, "mV", name="cell 3")
    assert trace.even
    assert trace.dt == pytest.approx(0.01)
    assert trace.trim(2, 4, zero=True).time[0] == 0
    assert trace.corrected(-14).value[0] == pytest.approx(16)
    assert trace.zero(0, 9.99).value.mean() == pytest.approx(0, abs=1e-12)
    coarse = trace.resample(0.5, average=True)
    assert coarse.dt == pytest.approx(0.5)
    # The mean of a sine over an interval h is the sine in its middle times sinc.
    inner = slice(1, -1)
    np.testing.assert_allclose(coarse.value[inner], np.sin(coarse.time[inner]) * np.sin(0.25) / 0.25 + 2, atol=1e-4)
    np.testing.assert_allclose(trace.resample(0.005).value[::2], trace.value, atol=1e-12)
    with pytest.raises(ValueError, match=r"no sample lies from 20 to 9.99 ms; it spans 0 to 9.99 ms"):
        trace.trim(20)
    frame = trace.to_dataframe()
    assert rb.Trace.from_pandas(frame) == trace
    assert rb.Trace.from_pandas(frame["cell 3"]) == trace
    table = pd.DataFrame({"t": t, "v": trace.value})
    assert rb.Trace.from_pandas(table, time="t", column="v").offset(1) == rb.Trace(t, trace.value + 1, name="v")
