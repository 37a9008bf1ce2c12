"""The parts of every service of pages."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from libs.addresses import TrustedProxies
from libs.clock import Clock
from libs.pages.assets import Assets, read_assets
from libs.pages.centre_devices import CentreDevices
from libs.pages.failures import PageFailures, WayOn
from libs.pages.form_tokens import FormTokens
from libs.pages.gateway import Gateway
from libs.pages.posts import Posted, read_post
from libs.pages.rendering import Pages
from libs.pages.routes import routes
from libs.pages.settings import PageSettings
from libs.pages.visits import Visits
from libs.pages.waiting import WaitingAnswers
from libs.service import Capability, Resources, Service
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.handling.limits import RequestLimits
from libs.web.handling.parameters import Dependency
from libs.web.signed.seals import Seals

_BODY_BYTES: Final = 256 * 1024  # a form of 64 KiB, with each Bangla letter as nine characters
_COMPRESSED_FROM_BYTES: Final = 500


@dataclass(frozen=True, slots=True)
class PageService:
    """The parts of a service of pages, made once per process and not yet connected.

    Args:
        resources: of the service.
        settings: its settings.
        client: for calls of the gateway.
        gateway: the public API.
        clock: for the life of logins.
        seals: encrypts cookies, and what travels in pages.
        form_tokens: of the forms.
        assets: files that pages refer to.
        pages: renders pages.
        waiting: keeps answers over a login.
        centre_devices: the keys of centres' devices.
    """

    resources: Resources
    settings: PageSettings
    client: HttpClient
    gateway: Gateway
    clock: Clock
    seals: Seals
    form_tokens: FormTokens
    assets: Assets
    pages: Pages
    waiting: WaitingAnswers
    centre_devices: CentreDevices

    @classmethod
    def of(
        cls,
        name: str,
        settings: PageSettings,
        folder: Path,
        *,
        form_action: str = "",
        shared: Mapping[str, Hashable],
        tracing: Tracing | None = None,
    ) -> Self:
        """Make the parts.

        Args:
            name: of the service.
            settings: its settings.
            folder: of the service, whose capabilities have templates.
            form_action: origins beside its own to which forms of its pages lead.
            shared: what its templates can use, by name.
            tracing: makes spans; by default made from the settings.
        """
        resources = Resources.of(name, settings, tracing=tracing, has_database=False)
        client = HttpClient(
            "gateway",
            tracing=resources.tracing,
            metrics=resources.metrics,
            connections=settings.connections,
            tls=resources.tls,
        )
        clock, assets = Clock(), read_assets()
        seals = Seals(settings.key_for(f"{name} cookies"))
        form_tokens = FormTokens(settings.key_for(f"{name} form tokens"))
        templates = sorted(folder.glob("*/templates"))
        url = settings.gateway_url.rstrip("/")
        return cls(
            resources=resources,
            settings=settings,
            client=client,
            gateway=Gateway(client, url, settings.gateway_deadline_s, clock),
            clock=clock,
            seals=seals,
            form_tokens=form_tokens,
            assets=assets,
            pages=Pages(
                templates,
                form_tokens,
                assets,
                secure=settings.is_secure,
                form_action=form_action,
                shared={"owner": settings.owner, **shared},
            ),
            waiting=WaitingAnswers(seals, clock),
            centre_devices=CentreDevices(
                Seals(settings.device_key), settings.gateway_origin or url, clock
            ),
        )

    def service(
        self,
        capabilities: Sequence[Capability],
        *,
        provides: Sequence[object] = (),
        ask_for_login: Callable[[Request], Response],
        way_on: WayOn,
        ask_to_confirm: Callable[[Request], Response] | None = None,
    ) -> Service:
        """Make the service.

        Args:
            capabilities: its capabilities; routes are tried in this order.
            provides: objects for the routes of all capabilities, beside the parts themselves.
            ask_for_login: answers a request for a personal page of somebody who is not logged in.
            ask_to_confirm: answers one for which the login is too long ago; None where there is
                nothing of the kind.
            way_on: from the page of a failure, as `PageFailures` takes it.
        """
        settings = self.settings
        return Service(
            self.resources,
            [*capabilities, Capability("assets", routes=routes, provides=[self.assets])],
            provides=[
                self.pages,
                self.gateway,
                self.form_tokens,
                self.waiting,
                self.clock,
                Dependency(Posted, partial(read_post, form_tokens=self.form_tokens)),
                *provides,
            ],
            components=[self.client],
            limits=RequestLimits(body_bytes=_BODY_BYTES),
            middleware=[
                Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM_BYTES),
                Middleware(
                    Visits,
                    service=self.resources.name,
                    seals=self.seals,
                    proxies=TrustedProxies.parse(settings.trusted_proxies),
                    secure=settings.is_secure,
                ),
            ],
            respond=PageFailures(
                self.pages, ask_for_login, ask_to_confirm or ask_for_login, way_on
            ).respond,
        )
