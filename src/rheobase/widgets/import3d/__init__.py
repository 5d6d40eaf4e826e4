"""Import3D: a traced shape looked over, repaired and made into a cell."""

from rheobase.widgets.import3d.tool import Import3D as Import3D
