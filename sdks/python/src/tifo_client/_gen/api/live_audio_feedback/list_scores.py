import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from tifo_client.answers import read

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.zone_second_page import ZoneSecondPage
from ...types import UNSET, Response, Unset


def _get_kwargs(
    session_id: str,
    *,
    cursor: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    zone: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(tifo_end_user, Unset):
        headers["Tifo-End-User"] = tifo_end_user

    params: dict[str, Any] = {}

    params["cursor"] = cursor

    json_from_: str | Unset = UNSET
    if not isinstance(from_, Unset):
        json_from_ = from_.isoformat()
    params["from"] = json_from_

    params["limit"] = limit

    json_to: str | Unset = UNSET
    if not isinstance(to, Unset):
        json_to = to.isoformat()
    params["to"] = json_to

    params["zone"] = zone

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/sessions/{session_id}/scores".format(
            session_id=quote(str(session_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | ZoneSecondPage | None:
    if response.status_code == 200:
        response_200 = ZoneSecondPage.from_dict(response.json())

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
) -> Response[Problem | ZoneSecondPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=read(_parse_response, client, response),
    )


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    zone: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | ZoneSecondPage]:
    """One row per zone and second in which it was heard, oldest first

    Args:
        session_id (str):
        cursor (str | Unset):
        from_ (datetime.datetime | Unset):
        limit (int | Unset):
        to (datetime.datetime | Unset):
        zone (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ZoneSecondPage]
    """

    kwargs = _get_kwargs(
        session_id=session_id,
        cursor=cursor,
        from_=from_,
        limit=limit,
        to=to,
        zone=zone,
        tifo_end_user=tifo_end_user,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    zone: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | ZoneSecondPage | None:
    """One row per zone and second in which it was heard, oldest first

    Args:
        session_id (str):
        cursor (str | Unset):
        from_ (datetime.datetime | Unset):
        limit (int | Unset):
        to (datetime.datetime | Unset):
        zone (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ZoneSecondPage
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        cursor=cursor,
        from_=from_,
        limit=limit,
        to=to,
        zone=zone,
        tifo_end_user=tifo_end_user,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    zone: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Response[Problem | ZoneSecondPage]:
    """One row per zone and second in which it was heard, oldest first

    Args:
        session_id (str):
        cursor (str | Unset):
        from_ (datetime.datetime | Unset):
        limit (int | Unset):
        to (datetime.datetime | Unset):
        zone (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | ZoneSecondPage]
    """

    kwargs = _get_kwargs(
        session_id=session_id,
        cursor=cursor,
        from_=from_,
        limit=limit,
        to=to,
        zone=zone,
        tifo_end_user=tifo_end_user,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient,
    cursor: str | Unset = UNSET,
    from_: datetime.datetime | Unset = UNSET,
    limit: int | Unset = UNSET,
    to: datetime.datetime | Unset = UNSET,
    zone: str | Unset = UNSET,
    tifo_end_user: str | Unset = UNSET,
) -> Problem | ZoneSecondPage | None:
    """One row per zone and second in which it was heard, oldest first

    Args:
        session_id (str):
        cursor (str | Unset):
        from_ (datetime.datetime | Unset):
        limit (int | Unset):
        to (datetime.datetime | Unset):
        zone (str | Unset):
        tifo_end_user (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | ZoneSecondPage
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            cursor=cursor,
            from_=from_,
            limit=limit,
            to=to,
            zone=zone,
            tifo_end_user=tifo_end_user,
        )
    ).parsed
