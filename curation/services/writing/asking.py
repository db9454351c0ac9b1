"""Asking an endpoint's model: the one door for generation, detectors and judges.

    askable = askable_endpoint(endpoint=endpoint, purpose="mining")
    requests = ((key, ChatRequest(messages=…, settings=…, seed=…, schema=…, sources=(conversation.pk,))) for …)
    with closing(askable.ask_all(requests, before_each=report)) as answers:
        for answered in answers:  # key, and reply or error
            …

`ask_all` asks in parallel at the endpoint's pace, sets the price of each request aside before it is sent, counts it
when it is answered, and takes the stored reply of an equal request (same address, model, messages, settings, seed
and schema), which costs nothing and is marked: `reply.is_cached`. Replies are stored until a conversation of
`sources` is withdrawn or undone, or for the project's `model_call_retention_days`. A reply that turns out to be
useless is asked for anew under another seed. `askable.price.expected(request)` prices a request before it is sent.

`ask_all` raises BudgetSpentError or ChatUnavailableError when no more can be asked, with sentences for people;
`askable_endpoint` raises EndpointError where the endpoint may not be asked at all.
"""

from django.utils.translation import gettext as _

from curation.models import ModelEndpoint
from curation.services.writing.endpoints import client_of
from curation.services.writing.spending import EndpointMeter, price_of
from curation.services.writing.stored_replies import StoredReplies
from language_models.chat.asking import AskableModel, Pace
from language_models.chat.contract import ChatError, ChatReply, ChatRequest


def askable_endpoint(*, endpoint: ModelEndpoint, purpose: str) -> AskableModel:
    """Return what asks an endpoint within its budget and pace; `purpose` stands beside the cost of each request."""
    return AskableModel(
        client=client_of(endpoint),
        address=endpoint.base_url,
        model=endpoint.model,
        price=price_of(endpoint),
        parallel=endpoint.parallel_requests,
        pace=Pace(endpoint.requests_per_minute),
        cache=StoredReplies(endpoint),
        meter=EndpointMeter(endpoint, purpose=purpose),
    )


def recalling_endpoint(*, endpoint: ModelEndpoint) -> AskableModel:
    """Return what answers as an endpoint did before, from its stored replies alone: nothing is asked, nothing paid."""
    return AskableModel(
        client=_NobodyAsked(),
        address=endpoint.base_url,
        model=endpoint.model,
        price=price_of(endpoint),
        cache=_Recalled(endpoint),
    )


class _NobodyAsked:
    """Stands where a model would be asked."""

    def complete(self, _request: ChatRequest) -> ChatReply:
        """Say that there is no reply."""
        raise ChatError(_("The reply to this is not stored any more."))


class _Recalled(StoredReplies):
    """Stored replies that are only read."""

    def store(self, request_hash: str, *, reply: ChatReply, sources: tuple[int, ...]) -> None:
        """Leave everything as it is."""

    def forget(self, request_hash: str) -> None:
        """Leave everything as it is."""
