from http import HTTPStatus
from typing import Any

import httpx

from tifo_client.answers import read

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.leak_report_request import LeakReportRequest
from ...models.leak_verdict import LeakVerdict
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: list[LeakReportRequest],
    github_public_key_identifier: str,
    github_public_key_signature: str,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    headers["Github-Public-Key-Identifier"] = github_public_key_identifier

    headers["Github-Public-Key-Signature"] = github_public_key_signature

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/secret-scanning/reports",
    }

    _kwargs["json"] = []
    for body_item_data in body:
        body_item = body_item_data.to_dict()
        _kwargs["json"].append(body_item)

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[LeakVerdict] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = LeakVerdict.from_dict(response_200_item_data)

            response_200.append(response_200_item)

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

    if response.status_code == 411:
        response_411 = Problem.from_dict(response.json())

        return response_411

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

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
) -> Response[Problem | list[LeakVerdict]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: list[LeakReportRequest],
    github_public_key_identifier: str,
    github_public_key_signature: str,
) -> Response[Problem | list[LeakVerdict]]:
    """Report keys found in public, signed by a scanner that the operator knows

     A key that is ours is revoked or goes on, as its organisation has chosen.

    Args:
        github_public_key_identifier (str):
        github_public_key_signature (str):
        body (list[LeakReportRequest]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[LeakVerdict]]
    """

    kwargs = _get_kwargs(
        body=body,
        github_public_key_identifier=github_public_key_identifier,
        github_public_key_signature=github_public_key_signature,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: list[LeakReportRequest],
    github_public_key_identifier: str,
    github_public_key_signature: str,
) -> Problem | list[LeakVerdict] | None:
    """Report keys found in public, signed by a scanner that the operator knows

     A key that is ours is revoked or goes on, as its organisation has chosen.

    Args:
        github_public_key_identifier (str):
        github_public_key_signature (str):
        body (list[LeakReportRequest]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[LeakVerdict]
    """

    return sync_detailed(
        client=client,
        body=body,
        github_public_key_identifier=github_public_key_identifier,
        github_public_key_signature=github_public_key_signature,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: list[LeakReportRequest],
    github_public_key_identifier: str,
    github_public_key_signature: str,
) -> Response[Problem | list[LeakVerdict]]:
    """Report keys found in public, signed by a scanner that the operator knows

     A key that is ours is revoked or goes on, as its organisation has chosen.

    Args:
        github_public_key_identifier (str):
        github_public_key_signature (str):
        body (list[LeakReportRequest]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[LeakVerdict]]
    """

    kwargs = _get_kwargs(
        body=body,
        github_public_key_identifier=github_public_key_identifier,
        github_public_key_signature=github_public_key_signature,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: list[LeakReportRequest],
    github_public_key_identifier: str,
    github_public_key_signature: str,
) -> Problem | list[LeakVerdict] | None:
    """Report keys found in public, signed by a scanner that the operator knows

     A key that is ours is revoked or goes on, as its organisation has chosen.

    Args:
        github_public_key_identifier (str):
        github_public_key_signature (str):
        body (list[LeakReportRequest]):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[LeakVerdict]
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            github_public_key_identifier=github_public_key_identifier,
            github_public_key_signature=github_public_key_signature,
        )
    ).parsed
