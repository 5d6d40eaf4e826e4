"""The unit system: the field's units, checked where a number enters."""

from rheobase.units.quantities import to_float as to_float
