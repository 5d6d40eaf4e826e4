"""What is wrong with an NMODL file, and where."""

_LONGEST = 300  # characters of a message; a word of a file may be as long as the file


class NmodlError(ValueError):
    """A file that cannot be read as NMODL, or holds what Rheobase does not run.

    **Fields:** `message`, in the field's words; `line` and `column`, from 1; `hint`, what to write instead, or empty;
    `file`, the name the text goes by.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "", file: str = "") -> None:
        message, hint = _readable(message), _readable(hint)
        super().__init__(message, line, column, hint, file)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint
        self.file = file

    def __str__(self) -> str:
        where = f"{self.file or 'NMODL'}, line {self.line}, column {self.column}"
        return f"{where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def _readable(text: str) -> str:
    """The text, or the beginning and the end of a long one."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
