"""Keys of endpoints come from the environment with the hosts that they may be sent to."""

from config.model_keys import model_keys


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
