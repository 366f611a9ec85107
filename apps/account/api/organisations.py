"""Sign-up, the organisation itself, its members, and the published tiers."""

import dataclasses
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.queries.prices import TierPrice, tier_prices
from foundation.clock import first_instant, microseconds, now
from foundation.validation.strict import Body, Email, Moment, Slug, Text
from gateway.callers import unauthenticated
from gateway.contract.tags import Tag
from gateway.doors.requests import address_of
from gateway.doors.views import GatedView, OpenView, valid
from gateway.operations import reads, spends
from metering.services import begin_month
from tenants.limits import Algorithm, LimitScope, Strictness
from tenants.models import Member, Organisation
from tenants.offers import Offer, offers
from tenants.services import organisations


class SignUpSerializer(Body):
    example = {"name": "Derby FC", "email": "owner@derby.example"}

    name = Text(max_length=120)
    email = Email(help_text="Of the owner, the first member")


class OrganisationSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    tier = serializers.CharField()
    next_tier = serializers.CharField(
        allow_null=True, help_text="A smaller tier that was chosen, in force from `next_tier_at` on"
    )
    next_tier_at = serializers.DateTimeField(allow_null=True)
    payment_method = serializers.BooleanField(
        help_text="Whether it has a way to pay, so that its users may lead it beyond the free tier"
    )
    strictness = serializers.ChoiceField(choices=Strictness.choices)
    leaked_keys = serializers.ChoiceField(choices=Organisation.LeakedKeys.choices)
    created_at = serializers.DateTimeField()


class NewOrganisationSerializer(OrganisationSerializer):
    live_key = serializers.CharField(help_text="Secret of the first live key; shown once")
    test_key = serializers.CharField(help_text="Secret of the first test key; shown once")


class ChangeOrganisationSerializer(Body):
    example = {"name": "Derby FC"}

    name = Text(max_length=120, required=False)
    tier = Slug(
        max_length=40,
        required=False,
        help_text="A higher one is in force at once, a smaller one from the next month on",
    )
    strictness = serializers.ChoiceField(
        choices=Strictness.choices,
        required=False,
        help_text="What happens to calls while the store of limits is away",
    )
    leaked_keys = serializers.ChoiceField(
        choices=Organisation.LeakedKeys.choices,
        required=False,
        help_text="What happens when a secret scanner reports one of the keys",
    )


class MemberSerializer(Body):
    example = {"email": "dev@derby.example", "role": "developer"}

    id = Text(read_only=True)
    email = Email()
    role = serializers.ChoiceField(choices=Member.Role.choices)
    created_at = Moment(read_only=True)


class MemberListSerializer(serializers.Serializer[Any]):
    data = MemberSerializer(many=True)  # type: ignore[assignment]  # a field named as the envelope


class PublishedLimitSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    algorithm = serializers.ChoiceField(choices=Algorithm.choices)
    unit = serializers.CharField()
    quantity = serializers.IntegerField()
    per_ms = serializers.IntegerField()
    burst = serializers.IntegerField()
    scope = serializers.ChoiceField(choices=LimitScope.choices)
    counts = serializers.CharField(help_text="The cost it counts")
    routes = serializers.ListField(
        child=serializers.CharField(), help_text="The operations it is for; empty: all"
    )


class PublishedTierSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    effective_at = serializers.DateTimeField()
    mau_from = serializers.IntegerField()
    mau_to = serializers.IntegerField(allow_null=True)
    price_per_mau = serializers.DecimalField(
        max_digits=20, decimal_places=12, normalize_output=True, help_text="Of its first user"
    )
    currency = serializers.CharField()
    transformer_parameters_below = serializers.IntegerField()
    edge_parameters_max = serializers.IntegerField()
    edge_quantised_only = serializers.BooleanField()
    device_parameters_below = serializers.IntegerField()
    cloud_bytes_max = serializers.IntegerField(
        help_text="Of all files of a model that runs in the cloud"
    )
    edge_bytes_max = serializers.IntegerField(help_text="Of one at the edge")
    device_bytes_max = serializers.IntegerField(help_text="Of one on a device")
    input_bytes_max = serializers.IntegerField(help_text="Of a file for a job, uploaded in parts")
    input_types = serializers.ListField(
        child=serializers.CharField(), help_text="Media types of such files, or families (audio/*)"
    )
    model_bytes_max = serializers.IntegerField(help_text="Of a model's file")
    sla = serializers.BooleanField()
    job_weight = serializers.IntegerField(help_text="Its share of a queue while others wait there")
    jobs_at_once = serializers.IntegerField(
        help_text="Jobs of one organisation that a queue takes up at the same time"
    )
    limits = PublishedLimitSerializer(many=True)


class TierListSerializer(serializers.Serializer[Any]):
    data = PublishedTierSerializer(many=True)  # type: ignore[assignment]  # the envelope's name


def render(organisation: Organisation) -> dict[str, Any]:
    return {
        "id": organisation.pk,
        "name": organisation.name,
        "tier": organisation.tier_id,
        "next_tier": organisation.next_tier_id,
        "next_tier_at": first_instant(organisation.next_tier_on),
        "payment_method": organisation.payment_method,
        "strictness": organisation.strictness,
        "leaked_keys": organisation.leaked_keys,
        "created_at": organisation.created_at,
    }


class SignUpView(GatedView):
    tag = Tag.ACCOUNT

    @extend_schema(
        operation_id="createOrganisation",
        summary="Create an organisation on the first tier, with one live and one test key",
        request=SignUpSerializer,
        responses={201: NewOrganisationSerializer},
    )
    def post(self, request: Request) -> Response:
        asked, moment = valid(SignUpSerializer(data=request.data)), now()
        unauthenticated.attempt(
            unauthenticated.SIGN_UPS, address_of(request), now_us=microseconds(moment), block=False
        )
        organisation, live, test = organisations.sign_up(**asked, now=moment)
        return Response(render(organisation) | {"live_key": live, "test_key": test}, status=201)


class OrganisationView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("organisation:read"), "patch": spends("organisation:write")}
    refusals = {"patch": ["404"]}  # a tier of which no version is in force yet

    @extend_schema(
        operation_id="getOrganisation",
        summary="The organisation that the key belongs to",
        responses=OrganisationSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(render(self.caller.organisation))

    @extend_schema(
        operation_id="updateOrganisation",
        summary="Rename the organisation, choose a tier open to self-service, or its policies",
        request=ChangeOrganisationSerializer,
        responses=OrganisationSerializer,
    )
    def patch(self, request: Request) -> Response:
        asked = valid(ChangeOrganisationSerializer(data=request.data))
        moment = now()
        if "tier" in asked:
            organisation = self.caller.organisation
            begin_month(organisation.pk, now=organisation.moment(moment))
        organisation = organisations.change_organisation(
            organisation=self.caller.organisation,
            name=asked.get("name"),
            tier_slug=asked.get("tier"),
            strictness=asked.get("strictness"),
            leaked_keys=asked.get("leaked_keys"),
            livemode=self.caller.livemode,
            now=moment,
        )
        return Response(render(organisation))


class MembersView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("organisation:read"), "post": spends("organisation:write")}

    @extend_schema(
        operation_id="listMembers",
        summary="The organisation's members",
        responses=MemberListSerializer,
    )
    def get(self, request: Request) -> Response:
        members = self.caller.organisation.members.order_by("pk")
        return Response({"data": MemberSerializer(members, many=True).data})

    @extend_schema(
        operation_id="addMember",
        summary="Add a member",
        request=MemberSerializer,
        responses={201: MemberSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(MemberSerializer(data=request.data))
        member = organisations.add_member(organisation=self.caller.organisation, **asked, now=now())
        return Response(MemberSerializer(member).data, status=201)


class TiersView(OpenView):
    tag = Tag.ACCOUNT

    @extend_schema(
        operation_id="listTiers",
        summary="Every published tier with its prices, caps and limits",
        responses=TierListSerializer,
    )
    def get(self, request: Request) -> Response:
        moment = now()
        published = offers(moment)
        prices = tier_prices(published, moment)
        rendered = [_published(each, prices[each.tier.pk]) for each in published]
        return Response({"data": rendered})


def _published(offer: Offer, price: TierPrice) -> dict[str, Any]:
    tier, version = offer.tier, offer.version
    numbers = {field.name: getattr(version, field.name) for field in version._meta.concrete_fields}
    limits = [dataclasses.asdict(limit) for limit in offer.limits.values()]
    named = {"slug": tier.pk, "name": tier.name, "version": version.number, "limits": limits}
    cost = {"price_per_mau": price.price_per_mau, "currency": price.currency}
    return PublishedTierSerializer(numbers | named | cost).data
