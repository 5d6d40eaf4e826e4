"""The CellBuilder: a cell drawn, divided into subsets, shaped and given its membrane."""

from rheobase.widgets.cell_builder.builder import CellBuilder as CellBuilder
