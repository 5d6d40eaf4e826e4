"""Linked panels: what is in which, and what they share."""

import json

import numpy as np
import pytest
from bokeh.embed import json_item
from bokeh.models import CrosshairTool, HoverTool

import rheobase as rb
from tests.analysis.cells import axon_patch


def results(tstop: float = 10) -> rb.Results:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(2, 5, 0.3), soma(0.5), name="ic")
    record = [soma(0.5).v, soma(0.5)["hh.m"], soma(0.5)["hh.h"], soma(0.5)["ina"], rb.Recordable("ic", None, "i")]
    return rb.run(cell, tstop=tstop, record=record)


def test_each_unit_has_a_panel_and_all_share_time_and_cursor() -> None:
    found = rb.panels(results())
    assert found.units == ("mV", "nA", "mA/cm2", "")
    layout = found.layout()
    plots = [child for child, *_ in layout.children]
    assert [len(plot.renderers) for plot in plots] == [1, 1, 1, 2]
    assert len({plot.x_range.id for plot in plots}) == 1
    cursors = {plot.select_one(CrosshairTool).overlay[1].id for plot in plots}
    assert len(cursors) == 1
    assert plots[3].yaxis.axis_label == "State"
    tips = [tool.tooltips[0][0] for tool in plots[3].select(HoverTool)]
    assert sorted(tips) == ["soma(0.5).hh.h", "soma(0.5).hh.m"]
    assert "doc" in json.loads(json.dumps(json_item(layout)))


def test_long_traces_keep_their_peaks() -> None:
    rec = results(tstop=200)
    (plot, *_), *_ = rb.panels(rec, units=["mV"]).layout().children
    drawn = plot.renderers[0].data_source.data
    assert len(drawn["x"]) <= 5002 < len(rec.t)
    assert drawn["y"].max() == rec.values[0].max()
    assert drawn["x"][[0, -1]].tolist() == rec.t[[0, -1]].tolist()


def test_several_runs_are_told_apart() -> None:
    rec = results()
    found = rb.panels({"control": rec, "again": rec.at(np.linspace(0, 10, 33))}, units=["mV", ""])
    assert [name for name, *_ in found.rows("mV")] == ["control: soma(0.5).v", "again: soma(0.5).v"]
    assert found.to_dataframe().columns[0] == ("control", "soma(0.5).v")
    assert [trace.name for trace in found.figure().data][:2] == ["control: soma(0.5).v", "again: soma(0.5).v"]
    with pytest.raises(ValueError, match="recorded are traces in mV, nA, mA/cm2, no unit"):
        rb.panels(rec, units=["mM"])
    with pytest.raises(ValueError, match="give the results"):
        rb.panels([])
