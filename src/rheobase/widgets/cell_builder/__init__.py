"""The CellBuilder: a cell drawn, divided into subsets, shaped and given its membrane."""
