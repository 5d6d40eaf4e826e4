"""What documents are made of: frozen values, changes and their history, and edits that observers hear of."""

from rheobase.documents.editable import Editable as Editable, FrozenDocument as FrozenDocument, Observer as Observer
from rheobase.documents.history import Change as Change, Edit as Edit, History as History
from rheobase.documents.schema import checked_schema as checked_schema
from rheobase.documents.value import Value as Value, refusal as refusal
