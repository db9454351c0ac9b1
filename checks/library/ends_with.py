"""How it ends."""

from dataclasses import dataclass
from typing import ClassVar

from checks.ends import PhrasesAtAnEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsWithCheck(PhrasesAtAnEnd):
    """Looks at how the answer ends."""

    name: ClassVar[str] = "ends_with"
    title: ClassVar[str] = "Ends with"
    verb: ClassVar[str] = "end with"

    def _stands(self, text: str, phrases: tuple[str, ...]) -> bool:
        return text.endswith(phrases)
