from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from tifo_client.answers import read

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    track_id: str,
    *,
    tifo_end_user: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(tifo_end_user, Unset):
        headers["Tifo-End-User"] = tifo_end_user

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v1/tracks/{track_id}".format(
            track_id=quote(str(track_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | Problem | None:
    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[Any | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=read(_parse_response, client, response),
    )


def sync_detailed(
    track_id: str,
    *,
    client: AuthenticatedClient,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Delete the track, its sound and its timeline

    Args:
        track_id (str):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        track_id=track_id,
        tifo_end_user=tifo_end_user,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    track_id: str,
    *,
    client: AuthenticatedClient,
    tifo_end_user: str | Unset = UNSET,
) -> Any | Problem | None:
    """Delete the track, its sound and its timeline

    Args:
        track_id (str):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return sync_detailed(
        track_id=track_id,
        client=client,
        tifo_end_user=tifo_end_user,
    ).parsed


async def asyncio_detailed(
    track_id: str,
    *,
    client: AuthenticatedClient,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Any | Problem]:
    """Delete the track, its sound and its timeline

    Args:
        track_id (str):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        track_id=track_id,
        tifo_end_user=tifo_end_user,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    track_id: str,
    *,
    client: AuthenticatedClient,
    tifo_end_user: str | Unset = UNSET,
) -> Any | Problem | None:
    """Delete the track, its sound and its timeline

    Args:
        track_id (str):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return (
        await asyncio_detailed(
            track_id=track_id,
            client=client,
            tifo_end_user=tifo_end_user,
        )
    ).parsed
