"""A tiny random chat model, built offline in seconds, so that every part of training can be tried anywhere.

It proves the pipeline, not quality: its weights are noise.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

PADDING, TURN_START, TURN_END = "<|pad|>", "<|im_start|>", "<|im_end|>"
SPECIAL_TOKENS = (PADDING, TURN_START, TURN_END)
BYTES = 256  # the alphabet that every text is spelled in before any merge
MAX_POSITIONS = 2048

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def build_tiny_model(
    out_dir: Path | str,
    *,
    texts: Iterable[str],
    seed: int = 7,
    hidden: int = 128,
    layers: int = 2,
    vocabulary: int = 2000,
) -> Path:
    """Write a random Llama-style chat model, with a tokenizer trained on `texts`, to `out_dir` and return it.

    The same arguments give the same files. `vocabulary` is an upper bound of at least 259 (bytes and special
    tokens); few texts give fewer merges. `hidden` must be a multiple of 8: four heads of an even size. Raises
    ValueError.
    """
    _check_sizes(hidden=hidden, vocabulary=vocabulary)
    target = Path(out_dir)
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = _train_tokenizer(texts, vocabulary=vocabulary)
    tokenizer.save_pretrained(target)
    _save_quietly(_random_model(tokenizer, seed=seed, hidden=hidden, layers=layers), target=target)
    return target


def _check_sizes(*, hidden: int, vocabulary: int) -> None:
    if hidden < 8 or hidden % 8:
        raise ValueError(f"hidden must be a positive multiple of 8, not {hidden}.")
    if vocabulary < BYTES + len(SPECIAL_TOKENS):
        raise ValueError(f"vocabulary must be at least {BYTES + len(SPECIAL_TOKENS)}, not {vocabulary}.")


def _train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> "PreTrainedTokenizerFast":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer=trainer)
    make: Any = PreTrainedTokenizerFast
    tokenizer: PreTrainedTokenizerFast = make(
        tokenizer_object=bpe,
        pad_token=PADDING,
        eos_token=TURN_END,
        additional_special_tokens=[TURN_START],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=MAX_POSITIONS,
    )
    return tokenizer


def _save_quietly(model: "LlamaForCausalLM", *, target: Path) -> None:
    from transformers.utils import logging

    bars: Any = logging
    was_shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    model.save_pretrained(target)
    if was_shown:
        bars.enable_progress_bar()


def _random_model(
    tokenizer: "PreTrainedTokenizerFast", *, seed: int, hidden: int, layers: int
) -> "LlamaForCausalLM":
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=MAX_POSITIONS,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(shape)
