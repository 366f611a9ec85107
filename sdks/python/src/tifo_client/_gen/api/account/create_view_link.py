from http import HTTPStatus
from typing import Any

import httpx

from tifo_client.answers import read

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.view_link import ViewLink
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    idempotency_key: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    if not isinstance(tifo_end_user, Unset):
        headers["Tifo-End-User"] = tifo_end_user

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/view-links",
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | ViewLink | None:
    if response.status_code == 201:
        response_201 = ViewLink.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 406:
        response_406 = Problem.from_dict(response.json())

        return response_406

    if response.status_code == 408:
        response_408 = Problem.from_dict(response.json())

        return response_408

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    if response.status_code == 431:
        response_431 = Problem.from_dict(response.json())

        return response_431

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | ViewLink]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    idempotency_key: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | ViewLink]:
    """A read-only address of the live page, good for 12 hours

    Args:
        idempotency_key (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ViewLink]
    """

    kwargs = _get_kwargs(
        idempotency_key=idempotency_key,
        tifo_end_user=tifo_end_user,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    idempotency_key: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | ViewLink | None:
    """A read-only address of the live page, good for 12 hours

    Args:
        idempotency_key (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ViewLink
    """

    return sync_detailed(
        client=client,
        idempotency_key=idempotency_key,
        tifo_end_user=tifo_end_user,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    idempotency_key: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | ViewLink]:
    """A read-only address of the live page, good for 12 hours

    Args:
        idempotency_key (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ViewLink]
    """

    kwargs = _get_kwargs(
        idempotency_key=idempotency_key,
        tifo_end_user=tifo_end_user,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    idempotency_key: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | ViewLink | None:
    """A read-only address of the live page, good for 12 hours

    Args:
        idempotency_key (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ViewLink
    """

    return (
        await asyncio_detailed(
            client=client,
            idempotency_key=idempotency_key,
            tifo_end_user=tifo_end_user,
        )
    ).parsed
