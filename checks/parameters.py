"""Parameters of checks: described for forms, read from JSON, written back to JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from checks.contract import Check, ParameterError

Kind: TypeAlias = Literal["whole_number", "yes_no", "choice", "text", "texts"]

_EXPECTED: Mapping[Kind, str] = {
    "whole_number": "a whole number",
    "yes_no": "true or false",
    "text": "a text",
    "texts": "a list of texts",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ParameterField:
    """One parameter as a form shows it; `choices` only where the kind is "choice"."""

    name: str
    label: str
    kind: Kind
    default: Any
    may_be_empty: bool
    choices: tuple[str, ...] = ()


def parameter(label: str, *, default: Any) -> Any:
    """Make a field of a check: what a form calls it, and what it is where nothing is said."""
    return dataclasses.field(default=default, metadata={"label": label})


def parameter_fields(check: type[Check]) -> list[ParameterField]:
    """Return the parameters of a check, in the order of its fields."""
    hints = get_type_hints(check)
    return [_described(field, annotation=hints[field.name]) for field in dataclasses.fields(check)]


def read_parameters(check: type[Check], values: Mapping[str, Any]) -> Check:
    """Make a check of JSON values; a parameter that is missing takes its default. Raises ParameterError."""
    known = {field.name: field for field in parameter_fields(check)}
    for name in values:
        if name not in known:
            takes = f"It takes: {', '.join(known)}." if known else "It takes none."
            message = f"The check {check.name!r} has no parameter {name!r}. {takes}"
            raise ParameterError(message)
    return check(**{name: _read(value, field=known[name]) for name, value in values.items()})


def written_parameters(check: Check) -> dict[str, Any]:
    """Return the parameters as JSON values, from which the same check can be read again."""
    values = {field.name: getattr(check, field.name) for field in dataclasses.fields(check)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _described(field: dataclasses.Field[Any], *, annotation: Any) -> ParameterField:
    may_be_empty = type(None) in get_args(annotation) and get_origin(annotation) in (Union, UnionType)
    inner = (
        next(part for part in get_args(annotation) if part is not type(None)) if may_be_empty else annotation
    )
    return ParameterField(
        name=field.name,
        label=field.metadata["label"],
        kind=_kind_of(inner),
        default=field.default,
        may_be_empty=may_be_empty,
        choices=get_args(inner) if get_origin(inner) is Literal else (),
    )


def _kind_of(annotation: Any) -> Kind:
    if get_origin(annotation) is Literal:
        return "choice"
    kinds: dict[Any, Kind] = {int: "whole_number", bool: "yes_no", str: "text", tuple[str, ...]: "texts"}
    return kinds[annotation]


def _read(value: Any, *, field: ParameterField) -> Any:
    if value is None and field.may_be_empty:
        return None
    if field.kind == "choice" and value in field.choices:
        return value
    if (
        field.kind == "texts"
        and isinstance(value, list | tuple)
        and all(isinstance(text, str) for text in value)
    ):
        return tuple(value)
    if _is_plain(value, kind=field.kind):
        return value
    expected = f"one of {', '.join(field.choices)}" if field.kind == "choice" else _EXPECTED[field.kind]
    message = f"The parameter {field.name!r} must be {expected}, found {value!r}."
    raise ParameterError(message)


def _is_plain(value: Any, *, kind: Kind) -> bool:
    if kind == "whole_number":
        return isinstance(value, int) and not isinstance(value, bool)
    return (kind == "yes_no" and isinstance(value, bool)) or (kind == "text" and isinstance(value, str))
