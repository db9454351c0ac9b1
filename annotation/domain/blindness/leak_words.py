"""Words by which an answer gives away which model wrote it."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

# Names that hardly stand for anything else; they give a model away wherever they stand.
PLAIN = (
    *(
        "OpenAI",
        "ChatGPT",
        "GPT-[345][\\w.-]*",
        "GPT[345]",
        "Anthropic",
        "DeepMind",
        "Mistral AI",
        "DeepSeek",
    ),
    *("Qwen[\\d.]*", "Mixtral", "ChatGLM", "Baichuan", "Vicuna", "OpenAssistant", "Open Assistant", "LaMDA"),
    *("LLaMA[ -]?[234][\\w.]*", "Llama[ -][234][\\w.]*", "Code ?Llama", "Gemma[ -]?[23]", "xAI", "01\\.AI"),
)
# Names that are words of other trades too: they count only where a text speaks of itself, or of who made it.
AMBIGUOUS = (
    *("Google", "Meta", "Microsoft", "Alibaba", "Baidu", "Cohere", "Mistral", "Amazon", "Nvidia", "Apple"),
    *("Claude", "Gemini", "Bard", "Copilot", "Grok", "Llama", "Gemma", "Phi", "Falcon", "Zephyr", "Koala"),
    *("Alpaca", "Dolly", "Hermes", "Yi", "Command R"),
)
MOST_SHOWN = 5
# Models name themselves early; reading on would keep a judge waiting.
MOST_CHARACTERS = 50_000
# Without one of these, or a name, a text has nothing to find: that is much quicker seen than searched.
_STEMS = (
    *(
        "openai",
        "gpt",
        "anthropic",
        "deepmind",
        "mistral",
        "deepseek",
        "qwen",
        "mixtral",
        "chatglm",
        "baichuan",
    ),
    *("vicuna", "open assistant", "openassistant", "lamda", "llama", "gemma", "xai", "01.ai"),
    *("made by", "trained by", "developed by", "created by", "built by", "designed by"),
    *("entwickelt von", "créé par", "creado por"),
)
_AM = r"(?:I am|I['’]m|my name is|call me|ich bin|je suis|soy|sono|eu sou)"
_SELF = rf"(?:{_AM}|as)"
_MADE = r"(?:made|trained|developed|created|built|designed|entwickelt|créé|creado)"
_BY = rf"{_MADE}\s+(?:by|von|par|por)\s+"
_KIND = r"(?:an?|ein|une?)\s+(?:AI|A\.I\.|KI|IA|(?:large )?language)[\s-]*(?:model|assistant|chatbot|system)?"
# "I am an AI model made by Somebody": who it is does not have to be known.
_STATED_MAKER = (
    rf"\b{_SELF}\s+{_KIND}[^.!?\n]{{0,40}}?\b{_BY}(?:the\s+)?((?-i:[A-Z])[\w&.-]*(?: (?-i:[A-Z])[\w&.-]+)?)"
)


def leak_words(text: str, *, model_names: Iterable[str] = ()) -> list[str]:
    """Return the first words of a text that name a model or its maker, each once, in their order."""
    names = tuple(sorted(set(model_names)))
    read = text[:MOST_CHARACTERS]
    lowered = read.lower()
    if not any(stem in lowered for stem in _stems(names)):
        return []
    found: dict[str, str] = {}
    for match in _pattern(names).finditer(read):
        words = next(group for group in match.groups() if group).rstrip(".-")
        found.setdefault(words.casefold(), words)
    return list(found.values())[:MOST_SHOWN]


@lru_cache(maxsize=64)
def _stems(model_names: tuple[str, ...]) -> tuple[str, ...]:
    telling, words = _own_names(model_names)
    return tuple({*_STEMS, *(name.lower() for name in (*AMBIGUOUS, *telling, *words))})


@lru_cache(maxsize=64)
def _pattern(model_names: tuple[str, ...]) -> re.Pattern[str]:
    telling, words = _own_names(model_names)
    anywhere = "|".join([*map(re.escape, telling), *PLAIN])
    spoken = "|".join(map(re.escape, [*AMBIGUOUS, *words]))
    return re.compile(
        rf"(?<![\w-])({anywhere})(?![\w])"
        rf"|{_STATED_MAKER}"
        rf"|\b(?:{_AM}|{_BY})\s*({spoken})(?![\w])",
        re.IGNORECASE,
    )


def _own_names(model_names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the project's names that tell by themselves, the longest first, and those that are words as well."""
    names = {part for name in model_names for part in (name, name.rpartition("/")[2]) if len(part) > 2}
    telling = {name for name in names if re.search(r"[\d/_:-]", name) and re.search(r"[^\W\d]", name)}
    return sorted(telling, key=len, reverse=True), sorted(names - telling)
