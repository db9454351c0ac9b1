"""Keys of endpoints come from the environment with the hosts that they may be sent to."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.model_keys import encryption_keys, model_keys


def test_a_key_knows_its_hosts_and_one_without_them_has_none():
    keys, hosts = model_keys(
        {
            "HARKEN_MODEL_KEY_A": "one",
            "HARKEN_MODEL_KEY_A_HOST": "a.example.org, b.example.org:8443",
            "HARKEN_MODEL_KEY_B": "two",
            "HARKEN_SECRET_KEY": "never",
        }
    )
    assert keys == {"HARKEN_MODEL_KEY_A": "one", "HARKEN_MODEL_KEY_B": "two"}
    assert hosts == {
        "HARKEN_MODEL_KEY_A": ["a.example.org", "b.example.org:8443"],
        "HARKEN_MODEL_KEY_B": [],
    }


def test_a_secret_that_can_be_guessed_encrypts_nothing():
    assert encryption_keys([" " + "a" * 32, ""]) == ["a" * 32]
    with pytest.raises(ImproperlyConfigured, match="HARKEN_ENCRYPTION_KEYS needs at least 32"):
        encryption_keys(["a" * 32, "short"])
