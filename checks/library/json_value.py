"""Nothing but JSON."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import code_blocks_of, prose_of


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonCheck:
    """Parses the response as JSON by the standard, which has no NaN."""

    name: ClassVar[str] = "json"
    title: ClassVar[str] = "JSON"
    skip_sentence: ClassVar[str] = ""

    holds: Literal["anything", "object", "list"] = parameter("What the JSON holds", default="anything")
    required_keys: tuple[str, ...] = parameter("Keys that the object needs", default=())
    allow_fence: bool = parameter("May stand in a code block", default=True)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse keys of what has none."""
        if self.required_keys and self.holds == "list":
            message = "A list has no keys. Ask for an object, or leave required_keys out."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what was asked for."""
        kind = {"anything": "JSON", "object": "a JSON object", "list": "a JSON list"}[self.holds]
        keys = f" with the keys {', '.join(self.required_keys)}" if self.required_keys else ""
        return f"The answer is not {kind}{keys}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the response parses and holds what is asked; text around the JSON fails it."""
        return follows(response, reading=self.reading, rule=self._parses)

    def _parses(self, response: str) -> bool:
        try:
            value = json.loads(self._candidate(response), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return False
        return self._fits(value)

    def _candidate(self, response: str) -> str:
        blocks = code_blocks_of(response)
        is_one_block = len(blocks) == 1 and not prose_of(response).strip()
        return blocks[0].code if self.allow_fence and is_one_block else response

    def _fits(self, value: Any) -> bool:
        if self.holds == "list":
            return isinstance(value, list)
        if self.holds == "anything" and not self.required_keys:
            return True
        return isinstance(value, dict) and all(key in value for key in self.required_keys)


def _refuse_constant(name: str) -> None:
    message = f"{name} is no JSON."
    raise ValueError(message)
