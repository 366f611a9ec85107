"""Public names are declared: code that moves changes none of them."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.contract.tags import Tag
from gateway.doors.views import GatedView
from gateway.operations import reads


class _Declared(GatedView):
    """As if it lay in another family's folder."""

    tag = Tag.AVSYNC
    operations = {"get": reads("usage:read")}

    @extend_schema(operation_id="getThing", responses={200: None})
    def get(self, request: Request) -> Response:
        raise AssertionError


class _Derived(_Declared):
    @extend_schema(responses={200: None})
    def get(self, request: Request) -> Response:
        raise AssertionError


def _document(view: type[GatedView]) -> Any:
    return SchemaGenerator(patterns=[path("v1/thing", view.as_view())]).get_schema(public=True)


def test_an_operation_has_the_tag_and_the_id_that_its_view_declares() -> None:
    document = _document(_Declared)
    assert document["paths"]["/v1/thing"]["get"]["tags"] == ["avsync"]
    assert document["paths"]["/v1/thing"]["get"]["operationId"] == "getThing"
    assert [tag["name"] for tag in document["tags"]] == ["avsync"]


def test_no_document_is_made_while_an_operation_has_no_id() -> None:
    with pytest.raises(ImproperlyConfigured, match="GET /v1/thing"):
        _document(_Derived)
