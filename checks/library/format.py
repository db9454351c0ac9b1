"""In the right form."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.text import code_blocks_of, prose_of

_BULLET = re.compile(r"^[ \t]*[-*+•–][ \t]+\S", re.MULTILINE)
_NUMBER = re.compile(r"^[ \t]*\d{1,3}[.)][ \t]+\S", re.MULTILINE)
_MARKDOWN = re.compile(
    r"^[ \t]{0,3}#{1,6}[ \t]|^[ \t]*[-*+][ \t]+\S|^[ \t]*>[ \t]|^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|"
    r"|\*\*[^*\s]|__[^_\s]|`[^`\n]+`|^[ \t]*(?:`{3}|~{3})|\[[^\]\n]{1,200}\]\([^)\s]{1,500}\)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCheck:
    """Looks at the marks of Markdown; what stands in a code block is no list."""

    name: ClassVar[str] = "format"
    title: ClassVar[str] = "Format"
    skip_sentence: ClassVar[str] = ""

    form: Literal["bullets", "numbered", "no_markdown", "code_block"] = parameter("Form", default="bullets")
    at_least: int = parameter("How many entries or blocks at least", default=1)

    def __post_init__(self) -> None:
        """Refuse a number that asks for nothing."""
        if self.at_least < 1:
            message = f"at_least must be 1 or more, found {self.at_least}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say which form was asked for."""
        if self.form == "no_markdown":
            return "The answer is marked up with Markdown."
        parts = {
            "bullets": "bulleted entries",
            "numbered": "numbered entries",
            "code_block": "blocks of code",
        }
        return f"The answer has fewer than {self.at_least} {parts[self.form]}."

    def run(self, prompt: str, response: str) -> bool:
        """Return whether the form is there."""
        if self.form == "no_markdown":
            return _MARKDOWN.search(response) is None
        if self.form == "code_block":
            return len(code_blocks_of(response)) >= self.at_least
        entry = _BULLET if self.form == "bullets" else _NUMBER
        return len(entry.findall(prose_of(response))) >= self.at_least
