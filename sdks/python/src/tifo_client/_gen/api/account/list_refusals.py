from http import HTTPStatus
from typing import Any

import httpx

from tifo_client.answers import read

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.refusals import Refusals
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    group_by: str | Unset = UNSET,
    hours: int | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(tifo_end_user, Unset):
        headers["Tifo-End-User"] = tifo_end_user

    params: dict[str, Any] = {}

    params["group_by"] = group_by

    params["hours"] = hours

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/limits/refusals",
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Refusals | None:
    if response.status_code == 200:
        response_200 = Refusals.from_dict(response.json())

        return response_200

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
) -> Response[Problem | Refusals]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    group_by: str | Unset = UNSET,
    hours: int | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | Refusals]:
    """How often calls were refused, would have been, or were decided without the store

     Rows with the largest counts first, a thousand at most.

    Args:
        group_by (str | Unset):
        hours (int | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Refusals]
    """

    kwargs = _get_kwargs(
        group_by=group_by,
        hours=hours,
        tifo_end_user=tifo_end_user,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    group_by: str | Unset = UNSET,
    hours: int | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | Refusals | None:
    """How often calls were refused, would have been, or were decided without the store

     Rows with the largest counts first, a thousand at most.

    Args:
        group_by (str | Unset):
        hours (int | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Refusals
    """

    return sync_detailed(
        client=client,
        group_by=group_by,
        hours=hours,
        tifo_end_user=tifo_end_user,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    group_by: str | Unset = UNSET,
    hours: int | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | Refusals]:
    """How often calls were refused, would have been, or were decided without the store

     Rows with the largest counts first, a thousand at most.

    Args:
        group_by (str | Unset):
        hours (int | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Refusals]
    """

    kwargs = _get_kwargs(
        group_by=group_by,
        hours=hours,
        tifo_end_user=tifo_end_user,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    group_by: str | Unset = UNSET,
    hours: int | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | Refusals | None:
    """How often calls were refused, would have been, or were decided without the store

     Rows with the largest counts first, a thousand at most.

    Args:
        group_by (str | Unset):
        hours (int | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Refusals
    """

    return (
        await asyncio_detailed(
            client=client,
            group_by=group_by,
            hours=hours,
            tifo_end_user=tifo_end_user,
        )
    ).parsed
