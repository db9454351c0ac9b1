"""A chat model whose weights lie on this machine, run by transformers; an adapter may lie on top of it."""

import time
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from language_models.chat.contract import ChatError, ChatReply, ChatRequest, ChatUnavailableError, storable

MAX_NEW_TOKENS = 1024


class LocalChatModel:
    """Answers by sampling from the weights in a folder; the same seed and settings give the same answer."""

    def __init__(self, path: str | Path, *, adapter: str | Path | None = None) -> None:
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(path, local_files_only=True)
            self._model: Any = AutoModelForCausalLM.from_pretrained(path, local_files_only=True)
            if adapter is not None:
                self._model = PeftModel.from_pretrained(self._model, str(adapter), local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            name = Path(adapter or path).name
            raise ChatUnavailableError(f"The model in {name} cannot be loaded.") from error
        self._model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self._name = Path(adapter or path).name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return one sampled answer; temperature 0 takes the likeliest token each time."""
        begun = time.monotonic()
        prompt = self._prompt_of(request)
        new = self._generate(prompt, request)
        ended = bool(len(new)) and new[-1].item() == self._tokenizer.eos_token_id
        return ChatReply(
            text=storable(self._tokenizer.decode(new, skip_special_tokens=True)),
            finish_reason="stop" if ended else "length",
            model=self._name,
            prompt_tokens=prompt["input_ids"].shape[1],
            completion_tokens=len(new),
            seconds=time.monotonic() - begun,
        )

    def _prompt_of(self, request: ChatRequest) -> Any:
        try:
            prompt = self._tokenizer.apply_chat_template(
                list(request.messages), add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        except (TemplateError, ValueError, TypeError) as error:
            raise ChatError(f"The chat template of {self._name} does not accept this prompt.") from error
        limit = getattr(self._model.config, "max_position_embeddings", None)
        if limit and prompt["input_ids"].shape[1] >= limit:
            raise ChatError(f"This prompt is longer than the {limit:,} tokens that {self._name} reads.")
        return prompt.to(self._model.device)

    def _generate(self, prompt: Any, request: ChatRequest) -> Any:
        settings = request.settings
        length = prompt["input_ids"].shape[1]
        room = getattr(self._model.config, "max_position_embeddings", None)
        wanted = settings.max_tokens or MAX_NEW_TOKENS
        sampling = {"do_sample": True, "temperature": settings.temperature, "top_p": settings.top_p}
        if settings.temperature == 0:
            sampling = {"do_sample": False}
        if request.seed is not None:
            torch.manual_seed(request.seed)
        with torch.inference_mode():
            whole = self._model.generate(
                **prompt,
                max_new_tokens=min(wanted, room - length) if room else wanted,
                pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                **{name: value for name, value in sampling.items() if value is not None},
            )
        return whole[0, length:]
