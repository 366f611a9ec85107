"""The operator's door: the admin's own pages, behind the count of wrong passwords."""

import logging
from typing import Final

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from foundation.clock import now
from gateway.callers import logins
from gateway.doors.requests import address_of
from gateway.refusals import TooManyAttempts

COOKIE: Final = "tifo_known_browser"
logger = logging.getLogger(__name__)


@never_cache
@sensitive_post_parameters()
def login(request: HttpRequest) -> HttpResponseBase:
    """The admin's login. Every try writes one line, for the operator and for what watches logs."""
    if request.method != "POST":
        return admin.site.login(request)
    moment, name = now(), request.POST.get("username", "")
    address = address_of(request)
    facts = {"address": address, "account": logins.account_of(name)[:12]}
    try:
        counted = logins.attempt(name, address, request.COOKIES.get(COOKIE, ""), now=moment)
    except TooManyAttempts as refusal:
        logger.warning("operator login not tried", extra=facts | refusal.facts)
        return _refuse(request, refusal)
    response = admin.site.login(request)
    if response.status_code != 302:
        logger.warning("operator login failed", extra=facts)
        return response
    counted.forgive()
    logger.info("operator logged in", extra=facts)
    response.set_cookie(
        COOKIE,
        logins.remember(name, now=moment),
        max_age=settings.LOGIN_BROWSER_DAYS * 86_400,
        path="/admin/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@never_cache
@sensitive_post_parameters()
def password_change(request: HttpRequest) -> HttpResponseBase:
    """The admin's change of a password: it asks for the old one, so it can be guessed here too."""
    if request.method != "POST" or request.user.pk is None:
        return admin.site.password_change(request)
    try:
        counted = logins.attempt_change(request.user.pk)
    except TooManyAttempts as refusal:
        facts = {"address": address_of(request), "user_id": request.user.pk}
        logger.warning("password change not tried", extra=facts | refusal.facts)
        return _refuse(request, refusal)
    response = admin.site.password_change(request)
    if response.status_code == 302:
        counted.forgive()
    return response


def _refuse(request: HttpRequest, refusal: TooManyAttempts) -> HttpResponseBase:
    minutes = -(-refusal.facts["retry_after_ms"] // 60_000)
    told = {**admin.site.each_context(request), "title": refusal.title, "minutes": minutes}
    response = render(request, "gateway/too_many_logins.html", told, status=refusal.status)
    for name, value in refusal.headers.items():
        response.headers[name] = value
    return response
