"""From messages to token ids through the model's own chat template, and which rows cannot be used and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from training_jobs.trainer.rows import Messages, PairRow

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

REASONS = {
    "no_prompt": "The prompt has no messages.",
    "no_response": "The chosen or the rejected response is empty.",
    "equal_responses": "The chosen and the rejected response are the same.",
    "template_refuses": "The model's chat template does not accept these roles in this order.",
    "prompt_not_prefix": (
        "The model's chat template renders the prompt differently once a response follows, "
        "so the response's tokens cannot be told from the prompt's."
    ),
    "prompt_fills_max_length": "The prompt alone fills max_length tokens, so no response would be left.",
    "equal_when_cut": "The responses differ only beyond max_length tokens.",
}


class RowRefusedError(Exception):
    """A row cannot be trained on; `reason` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenisedResponse:
    """The token ids of one response and of the prompt before it, together at most max_length."""

    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]
    was_cut: bool = False

    @property
    def key(self) -> str:
        """A name for exactly these tokens, under which a reference log-probability is cached."""
        text = f"{','.join(map(str, self.prompt_ids))}|{','.join(map(str, self.response_ids))}"
        return sha256(text.encode()).hexdigest()[:32]

    def __len__(self) -> int:
        return len(self.prompt_ids) + len(self.response_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenisedPair:
    """A row that can be trained on."""

    row: PairRow
    chosen: TokenisedResponse
    rejected: TokenisedResponse


@dataclass(slots=True)
class RowReport:
    """What became of the rows of each split; the content of `skipped_rows.json`."""

    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)

    def add_split(
        self, split: str, *, used: Sequence[TokenisedPair], refused: Sequence[tuple[str, str]]
    ) -> None:
        """Account for every row of a split; `refused` holds (row id, reason)."""
        self.splits[split] = {
            "read": len(used) + len(refused),
            "used": len(used),
            "skipped": len(refused),
            "reasons": dict(Counter(reason for _, reason in refused)),
            "cut_to_max_length": sum(pair.chosen.was_cut or pair.rejected.was_cut for pair in used),
        }
        self.rows.extend(
            {"split": split, "id": row_id, "reason": reason, "sentence": REASONS[reason]}
            for row_id, reason in refused
        )

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is written to disk."""
        return {"schema": 1, "skipped": len(self.rows), "splits": self.splits, "rows": self.rows}


def tokenise_rows(
    rows: Iterable[PairRow], *, tokenizer: "PreTrainedTokenizerBase", max_length: int
) -> tuple[list[TokenisedPair], list[tuple[str, str]]]:
    """Return the usable rows as token ids, and (row id, reason) of every other row, in the order given."""
    used, refused = [], []
    for row in rows:
        try:
            used.append(tokenise_row(row, tokenizer=tokenizer, max_length=max_length))
        except RowRefusedError as error:
            refused.append((row.id, error.reason))
    return used, refused


def tokenise_row(row: PairRow, *, tokenizer: "PreTrainedTokenizerBase", max_length: int) -> TokenisedPair:
    """Render and tokenise both responses; raises RowRefusedError."""
    _refuse_plain_faults(row)
    prompt = _render(row.prompt, tokenizer=tokenizer, opens_response=True)
    prompt_ids = _ids(prompt, tokenizer=tokenizer)
    if len(prompt_ids) >= max_length:
        raise RowRefusedError("prompt_fills_max_length")
    chosen, rejected = (
        _tokenise_response(row.prompt + response, prompt=prompt, prompt_ids=prompt_ids, tokenizer=tokenizer)
        for response in (row.chosen, row.rejected)
    )
    pair = TokenisedPair(
        row=row, chosen=_cut(prompt_ids, chosen, max_length), rejected=_cut(prompt_ids, rejected, max_length)
    )
    if pair.chosen.response_ids == pair.rejected.response_ids:
        raise RowRefusedError("equal_when_cut")
    return pair


def _refuse_plain_faults(row: PairRow) -> None:
    if not row.prompt:
        raise RowRefusedError("no_prompt")
    if row.chosen == row.rejected:
        raise RowRefusedError("equal_responses")
    if not row.chosen_text.strip() or not row.rejected_text.strip():
        raise RowRefusedError("no_response")


def _render(messages: Messages, *, tokenizer: "PreTrainedTokenizerBase", opens_response: bool) -> str:
    try:
        return str(
            tokenizer.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=opens_response
            )
        )
    except TemplateError:
        raise RowRefusedError("template_refuses") from None


def _ids(text: str, *, tokenizer: "PreTrainedTokenizerBase") -> tuple[int, ...]:
    # The template writes the special tokens itself; letting the tokenizer add its own would double them.
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def _tokenise_response(
    messages: Messages, *, prompt: str, prompt_ids: tuple[int, ...], tokenizer: "PreTrainedTokenizerBase"
) -> tuple[int, ...]:
    whole = _render(messages, tokenizer=tokenizer, opens_response=False)
    if not whole.startswith(prompt):
        raise RowRefusedError("prompt_not_prefix")
    whole_ids = _ids(whole, tokenizer=tokenizer)
    if whole_ids[: len(prompt_ids)] == prompt_ids:
        return whole_ids[len(prompt_ids) :]
    # A token would span the boundary. A model that answers sees the prompt's own tokens, so train on those.
    return _ids(whole[len(prompt) :], tokenizer=tokenizer)


def _cut(prompt_ids: tuple[int, ...], response_ids: tuple[int, ...], max_length: int) -> TokenisedResponse:
    room = max_length - len(prompt_ids)
    return TokenisedResponse(
        prompt_ids=prompt_ids, response_ids=response_ids[:room], was_cut=len(response_ids) > room
    )
