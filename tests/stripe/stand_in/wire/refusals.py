"""Stripe's errors: a status, a type, a code, the parameter at fault."""

from typing import Any


class StripeRefusal(Exception):
    """Rendered as `{"error": {…}}`. `facts` are further members, such as the payment intent."""

    status = 400
    type = "invalid_request_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        status: int | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(message)
        self.status = status or self.status
        self.error: dict[str, Any] = {"message": message, "type": self.type}
        self.error |= {k: v for k, v in {"code": code, "param": param, **facts}.items() if v}
        self.headers: dict[str, str] = {}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


class InvalidRequest(StripeRefusal):
    pass


class ParameterRefused(InvalidRequest):
    """The parameters do not fit the operation: nothing began, so no idempotent result is kept."""


class ResourceMissing(InvalidRequest):
    def __init__(self, kind: str, object_id: str, param: str = "id", *, status: int = 404) -> None:
        message = f"No such {kind}: '{object_id}'"
        super().__init__(message, code="resource_missing", param=param, status=status)


class Unauthorised(StripeRefusal):
    status = 401


class CardRefused(StripeRefusal):
    status = 402
    type = "card_error"


class IdempotencyRefused(StripeRefusal):
    type = "idempotency_error"


class RateLimited(StripeRefusal):
    status = 429


class StripeBroken(StripeRefusal):
    status = 500
    type = "api_error"


class NotModelled(StripeRefusal):
    """Stripe has it, the stand-in has not: said aloud, never passed over in silence."""

    status = 501
    type = "api_error"

    def __init__(self, what: str, param: str | None = None) -> None:
        message = f"The stand-in does not model {what}."
        super().__init__(message, code="stand_in_not_modelled", param=param)
