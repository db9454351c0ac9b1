"""What checks look at in a text: its words, its prose, its blocks of code."""

import re
from dataclasses import dataclass

# Scripts that write no spaces: every character counts as a word.
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+(?:['’\-][^\W{UNSPACED}]+)*")
_FENCE = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_INLINE_CODE = re.compile(r"`[^`\n]*`")
# Split by the mark that ends a sentence alone: a pattern for the whole sentence takes minutes where none ends.
_SENTENCE_END = re.compile(r"[.!?…؟।]+(?=[\s”\"'’)\]*_]|$)|[。！？]+")
# What ends with a point and no sentence: numbers of lists, initials, a few abbreviations.
_NO_END = re.compile(
    r"^[ \t]*\d{1,3}\.(?=\s)|\b(?:[A-Z]|(?i:e\.g|i\.e|etc|vs|mr|mrs|ms|dr|prof|approx|z\.b|d\.h|bzw|usw))\.(?=\s)",
    re.MULTILINE,
)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_PARAGRAPH_END = re.compile(r"\n[ \t]*(?:[*_-]{3,}[ \t]*)?\n\s*|^[ \t]*[*_-]{3,}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A fenced block; `language` is what stands behind the fence, in lower case."""

    language: str
    code: str


def words_of(text: str) -> list[str]:
    """Return the words in lower case; where a script writes no spaces, its characters."""
    return _WORD.findall(text.casefold())


def sentences_of(text: str) -> list[str]:
    """Return the sentences of the prose, each without its end mark."""
    prose = _NO_END.sub(lambda found: found[0][:-1], prose_of(text))
    return [part.strip() for part in _SENTENCE_END.split(prose) if _LETTER_OR_DIGIT.search(part)]


def paragraphs_of(text: str) -> list[str]:
    """Return what blank lines, or lines of asterisks or dashes, keep apart."""
    return [part.strip() for part in _PARAGRAPH_END.split(text.strip()) if _LETTER_OR_DIGIT.search(part)]


def code_blocks_of(text: str) -> list[CodeBlock]:
    """Return the fenced blocks of code, an unclosed last one too."""
    return _split(text)[1]


def prose_of(text: str) -> str:
    """Return the text without its code, fenced or inline."""
    return _INLINE_CODE.sub(" ", _split(text)[0])


def _split(text: str) -> tuple[str, list[CodeBlock]]:
    prose: list[str] = []
    blocks: list[CodeBlock] = []
    lines = iter(text.split("\n"))
    for line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            prose.append(line)
            continue
        code: list[str] = []
        for inner in lines:
            if _closes(inner, fence=fence[1]):
                break
            code.append(inner)
        blocks.append(CodeBlock(language=fence[2].lower(), code="\n".join(code)))
    return "\n".join(prose), blocks


def _closes(line: str, *, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and set(mark) == {fence[0]}
