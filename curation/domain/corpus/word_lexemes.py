"""The lexemes of the word search: each begins with the project's number, so that projects share no entry.

The server has no index over a number and words together (no btree_gin), so the number is a part of every word:
`42 hello` is the word "hello" of project 42. A word holds no space, so no text can imitate the number of
another project. A project's words lie side by side in the index; a search, and a prefix above all, reads the
entries of that project and of no other, however large its neighbours are.
"""

from collections.abc import Iterable

# A tsvector holds less than 1 MB. A text of this many characters fits, whatever its words are; what stands
# behind them is stored and shown, but not found by word.
INDEXED_CHARACTERS = 50_000
# A longer word is no word; PostgreSQL's own limit is 2,046 bytes.
LONGEST_WORD_BYTES = 500


def lexeme_prefix(project_id: int) -> str:
    """Return what every lexeme of a project begins with."""
    return f"{project_id} "


def all_of(project_id: int, *, words: Iterable[str], prefixes: Iterable[str] = ()) -> str:
    """Return the text of a tsquery that asks for all of these words, and for words that begin so.

    Words are lexemes as `curation.queries.corpus.words.lexemes_of` gives them; "" where there are none.
    """
    whole = [_quoted(lexeme_prefix(project_id) + word) for word in words]
    begun = [_quoted(lexeme_prefix(project_id) + prefix) + ":*" for prefix in prefixes]
    return " & ".join(whole + begun)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
