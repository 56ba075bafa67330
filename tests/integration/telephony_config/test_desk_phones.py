"""A desk phone against the real Asterisk: it proves itself with what was kept of its secret."""

from pathlib import Path

import pytest

from acd.ids import AgentId
from cti.call_control import PhoneSpec, phone_objects
from cti.phones import phone_id, registering_phone, sip_digest
from telephony_config.embedded import EmbeddedAsterisk
from tests.ari_http import AriHttp, ari_http
from tests.asterisk_fixture import running_asterisk
from tests.eventually import until
from tests.fakes.sip_phone import Dialog, SipPhone

pytestmark = pytest.mark.integration

ANA = AgentId("ana")


async def push(ari: AriHttp, spec: PhoneSpec) -> None:
    for kind, fields in phone_objects(spec).items():
        body = {"fields": [{"attribute": k, "value": v} for k, v in fields.items()]}
        await ari.ask("PUT", f"asterisk/config/dynamic/res_pjsip/{kind}/{spec.id}", body)


async def reachable(server: EmbeddedAsterisk) -> bool:
    shown = await server.cli("pjsip list contacts")
    return "agent-ana/" in shown and "Avail" in shown


async def refused(dialog: Dialog) -> int:
    return dialog.final_status


async def test_it_registers_with_its_secret_and_may_call_with_nothing_less(tmp_path: Path) -> None:
    async with running_asterisk(tmp_path) as server, ari_http(server.runtime) as ari:
        await push(ari, registering_phone(ANA, sip_digest(ANA, "its secret")))
        phone = await SipPhone.open(("127.0.0.1", server.runtime.ports.sip_udp), phone_id(ANA))
        try:
            assert await phone.register("another") == 401
            assert await phone.register("its secret") == 200
            await until(lambda: reachable(server))
            dialog = await phone.dial("5090")
            await until(lambda: refused(dialog))
            assert dialog.final_status == 401, "its name alone opens nothing"
        finally:
            phone.close()
