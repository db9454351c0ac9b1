"""What is sealed opens under any known secret, for its own purpose, and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.access.sealing import Seal, UnreadableSealError


@given(st.text(max_size=200).filter(lambda text: text.isprintable()))
def test_what_was_sealed_opens_again_and_does_not_hold_the_text(text: str) -> None:
    seal = Seal(["a"], purpose="keys")
    sealed = seal.close(text)
    assert seal.open(sealed) == text
    assert len(text) < 4 or text not in sealed


def test_twice_the_same_text_looks_different() -> None:
    seal = Seal(["a"], purpose="keys")
    assert seal.close("sesame") != seal.close("sesame")


def test_a_former_secret_reads_and_the_first_one_seals() -> None:
    sealed = Seal(["old"], purpose="keys").close("sesame")
    both = Seal(["new", "old"], purpose="keys")
    assert both.open(sealed) == "sesame"
    assert Seal(["new"], purpose="keys").open(both.renew(sealed)) == "sesame"


@pytest.mark.parametrize(("secret", "purpose"), [("other", "keys"), ("a", "cookies")])
def test_another_secret_or_purpose_opens_nothing(secret: str, purpose: str) -> None:
    sealed = Seal(["a"], purpose="keys").close("sesame")
    with pytest.raises(UnreadableSealError):
        Seal([secret], purpose=purpose).open(sealed)


@pytest.mark.parametrize("torn", ["", "sesame", "gAAAAA", "ä"])
def test_what_was_never_sealed_does_not_open(torn: str) -> None:
    with pytest.raises(UnreadableSealError):
        Seal(["a"], purpose="keys").open(torn)
