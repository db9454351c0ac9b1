"""Small exports of annotation and tracing platforms, written by hand after their documented layouts."""

from typing import Any

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def webui_message(
    key: str, role: str, content: str, parent: str | None = None, **fields: Any
) -> dict[str, Any]:
    return {"id": key, "parentId": parent, "childrenIds": [], "role": role, "content": content, **fields}


def webui_chat(*messages: dict[str, Any], current: str, **fields: Any) -> dict[str, Any]:
    history = {"messages": {message["id"]: message for message in messages}, "currentId": current}
    return {"id": "chat-1", "user_id": "user-1", "chat": {"title": "t", "history": history}, **fields}


def otel_attribute(key: str, value: Any) -> dict[str, Any]:
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
    return {"key": key, "value": {kinds[type(value)]: value}}


def otel_span(key: str, start: int, **attributes: Any) -> dict[str, Any]:
    listed = [otel_attribute(name.replace("__", "."), value) for name, value in attributes.items()]
    return {
        "spanId": key,
        "traceId": "trace-1",
        "startTimeUnixNano": str(start * 10**18),
        "attributes": listed,
    }


def otel_request(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": list(spans)}]}]}


def otel_text(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def argilla_record(**fields: Any) -> dict[str, Any]:
    return {
        "id": "r1",
        "fields": {"prompt": "Name a colour.", "response_1": "Blue.", "response_2": "Seven."},
        "suggestions": {},
        "responses": {},
        "status": "completed",
        "_server_id": "s1",
        **fields,
    }


def studio_task(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "data": {"prompt": "Name a colour.", "answer1": "Blue.", "answer2": "Seven."},
        "annotations": [{"id": 1, "completed_by": 3, "was_cancelled": False, "result": list(results)}],
        **fields,
    }


def studio_result(
    kind: str, value: dict[str, Any], *, to: str = "answer1,answer2", name: str = "q"
) -> dict[str, Any]:
    return {"type": kind, "from_name": name, "to_name": to, "value": value}
