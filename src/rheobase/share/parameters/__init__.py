"""Parameters of cells from the JSON files of BluePyOpt and of the Allen Institute."""

from rheobase.share.parameters.load import load_parameters as load_parameters
