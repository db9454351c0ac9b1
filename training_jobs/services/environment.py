"""The environment of the programs that training starts: an allow-list, so that no secret of ours reaches them."""

import os

from django.conf import settings

# What a Python program with torch needs of the machine; no database, broker, key or proxy is among it.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "HF_HOME",
    "HF_HUB_CACHE",
    "XDG_CACHE_HOME",
)
# Only where models may be downloaded: how to reach the place they come from.
PASSED_ON_ONLINE = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "HF_ENDPOINT", "HF_TOKEN", "SSL_CERT_FILE")


def program_environment(**added: str) -> dict[str, str]:
    """Return the environment of a program, with what is added."""
    names = PASSED_ON + (PASSED_ON_ONLINE if settings.HARKEN_ALLOW_HUB else ())
    passed = {name: os.environ[name] for name in names if name in os.environ}
    return {**passed, **_fixed(), **added}


def _fixed() -> dict[str, str]:
    # More threads than the machine can give make training on a CPU many times slower.
    threads = os.environ.get("OMP_NUM_THREADS", "1")
    fixed = {
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": threads,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return fixed if settings.HARKEN_ALLOW_HUB else {**fixed, "HF_HUB_OFFLINE": "1"}
