"""Code that is at least Python."""

import ast
import textwrap
import warnings
from dataclasses import dataclass
from typing import ClassVar

from checks.parameters import parameter
from checks.text import CodeBlock, code_blocks_of

_NAMES = frozenset({"python", "py", "python3", "py3"})
# Parsing runs in this process, so it is kept from what only an attack would send.
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidPythonCheck:
    """Parses the blocks of code that say they are Python, without running them."""

    name: ClassVar[str] = "valid_python"
    title: ClassVar[str] = "Valid Python"
    skip_sentence: ClassVar[str] = "There is no block of Python code, or it is too long to parse."

    require_block: bool = parameter("An answer without a block of Python fails", default=False)
    unnamed_blocks: bool = parameter("A block that names no language is taken for Python", default=False)

    @property
    def failure_sentence(self) -> str:
        """Say what is wrong with the code."""
        missing = (
            "has no block of Python, or one that is not valid"
            if self.require_block
            else "holds invalid Python"
        )
        return f"The answer {missing}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether every block parses; None where there is none (unless required) or one is too long."""
        blocks = [block.code for block in code_blocks_of(response) if self._is_python(block)]
        if not blocks:
            return False if self.require_block else None
        if any(len(code) > MOST_CHARACTERS for code in blocks):
            return None
        return all(_parses(code) for code in blocks)

    def _is_python(self, block: CodeBlock) -> bool:
        return block.language in _NAMES or (self.unnamed_blocks and not block.language)


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
