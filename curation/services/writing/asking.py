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

from curation.models import ModelEndpoint
from curation.services.writing.endpoints import client_of
from curation.services.writing.spending import EndpointMeter, price_of
from curation.services.writing.stored_replies import StoredReplies
from language_models.chat.asking import AskableModel, Pace


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
