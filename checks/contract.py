"""What a check is."""

from typing import Any, ClassVar, Protocol


class ParameterError(ValueError):
    """A check cannot be made of these parameters; the text is written for people."""


class Check(Protocol):
    """Says of a response whether it does what is asked of it.

    A check is a frozen dataclass; its fields, made by `checks.parameters.parameter`, are its parameters, and its
    `__post_init__` raises ParameterError where they do not fit together. The same texts get the same verdict.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    # The name in the catalogue, and what people read.
    name: ClassVar[str]
    title: ClassVar[str]
    # Why it may give no verdict; "" where it always gives one.
    skip_sentence: ClassVar[str]

    @property
    def failure_sentence(self) -> str:
        """Return what is wrong with a response that fails, in one sentence."""
        ...

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the response passes, or None where this check cannot know."""
        ...
