"""The client against small scripts that behave as daemons do, or do not."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lczero_training.client.events import ClientEvent, Exited, LogLine, ProtocolWarning
from lczero_training.client.link import DaemonGone
from lczero_training.client.process import CloseTimeouts, DaemonClient
from lczero_training.schema import jsonl
from lczero_training.schema.jsonl import MAX_LINE_BYTES, Envelope
from lczero_training.schema.messages import SCHEMA_HASH, Hello, Pause, StartTraining
from lczero_training.schema.problem import SchemaError

FAST = CloseTimeouts(shutdown_seconds=0.2, end_of_input_seconds=0.2, terminate_seconds=0.2)
HELLO = jsonl.encode(Hello(daemon_version="t", schema_hash=SCHEMA_HASH, pid=1))
READY = f"print({HELLO!r}, flush=True)\n"
# Answers each line with a warning that quotes it; ends on shutdown or the end of stdin.
ECHO = (
    "import json, sys\n"
    + READY
    + """
for line in sys.stdin:
    if json.loads(line)["type"] == "shutdown":
        break
    print(json.dumps({"type": "warning", "payload": {"message": line}}), flush=True)
"""
)


# Tells its own pid; ends with its input.
WAITING = f"""
import json, os, sys
hello = {json.loads(HELLO)!r}
hello["payload"]["pid"] = os.getpid()
print(json.dumps(hello), flush=True)
sys.stdin.read()
"""


async def behind_a_shell(folder: Path) -> DaemonClient:
    """As with --attach 'bash -c "..."'."""
    script = folder / "waiting.py"
    script.write_text(WAITING)
    # With a second command the shell stays.
    client = DaemonClient(["sh", "-c", shlex.join([sys.executable, str(script)]) + "; true"])
    await client.start()
    return client


async def pid_from_hello(client: DaemonClient) -> int:
    async for event in client.events():
        if isinstance(event, Envelope):
            return int(event.payload.pid)
    raise AssertionError("no hello")


async def ended(pid: int) -> None:
    """Waits until a process, not our child, is gone."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(pidfd, gone.set)
        async with asyncio.timeout(60):
            await gone.wait()
    finally:
        asyncio.get_running_loop().remove_reader(pidfd)
        os.close(pidfd)


async def started(script: str, timeouts: CloseTimeouts | None = None) -> DaemonClient:
    client = DaemonClient([sys.executable, "-c", script], timeouts=timeouts)
    await client.start()
    return client


async def all_events(client: DaemonClient) -> list[ClientEvent]:
    return [event async for event in client.events()]


async def wait_for_hello(client: DaemonClient) -> None:
    async for event in client.events():
        if isinstance(event, Envelope) and event.type == "hello":
            return
    raise AssertionError("no hello")


async def test_a_line_arrives_as_it_is() -> None:
    client = await started(ECHO)
    await client.send_line(b'{"type": "no such thing"}')
    await client.close()
    _, echoed, *_ = await all_events(client)
    assert isinstance(echoed, Envelope)
    assert echoed.payload.message == '{"type": "no such thing"}\n'


async def test_commands_arrive_and_close_ends_in_order() -> None:
    client = await started(ECHO)
    await client.send(StartTraining(config_filepath="x.yaml"), id="7")
    await client.close()
    events = await all_events(client)
    assert events[-1] == Exited(0)
    hello, echoed = events[:2]
    assert isinstance(hello, Envelope) and hello.type == "hello"
    assert isinstance(echoed, Envelope)
    assert '"id":"7"' in echoed.payload.message and "x.yaml" in echoed.payload.message


async def test_what_is_no_notification_is_a_warning() -> None:
    script = (
        f"print('x' * {MAX_LINE_BYTES + 1}); print('no json'); print('{{\"type\": \"what\"}}')\n"
        "import sys; sys.stdout.flush(); sys.stdout.buffer.write(b'\\xff\\xfe\\n')\n" + READY
    )
    client = await started(script)
    events = await all_events(client)
    assert [type(event) for event in events] == [ProtocolWarning] * 4 + [Envelope, Exited]
    texts = [event.message for event in events if isinstance(event, ProtocolWarning)]
    assert str(MAX_LINE_BYTES) in texts[0]
    assert "not JSON" in texts[1] and "no json" in texts[1]
    assert "what" in texts[2]
    assert "UTF-8" in texts[3]


@pytest.mark.parametrize(("schema_hash", "warnings"), [(SCHEMA_HASH, 0), ("another", 1)])
async def test_daemon_of_other_messages_is_told(schema_hash: str, warnings: int) -> None:
    hello = jsonl.encode(Hello(daemon_version="9.9", schema_hash=schema_hash, pid=1))
    events = await all_events(await started(f"print({hello!r})"))
    told = [event.message for event in events if isinstance(event, ProtocolWarning)]
    assert len(told) == warnings
    assert all("9.9" in text and "another" in text and SCHEMA_HASH in text for text in told)
    assert any(isinstance(event, Envelope) and event.type == "hello" for event in events)


async def test_log_lines_have_levels_and_the_last_stay_with_the_exit() -> None:
    script = """
import sys
for number in range(100):
    sys.stderr.write(f"2026-01-02 03:04:05,678 WARNING a: {number}\\n")
sys.stderr.write("tail without newline \\u265e")
sys.exit(3)
"""
    events = await all_events(await started(script))
    lines = [event for event in events if isinstance(event, LogLine)]
    assert len(lines) == 101
    assert lines[0] == LogLine("2026-01-02 03:04:05,678 WARNING a: 0", "warning")
    last = events[-1]
    assert isinstance(last, Exited) and last.returncode == 3
    assert last.last_lines == tuple(line.text for line in lines[-50:])
    assert last.last_lines[-1] == "tail without newline \u265e"


async def test_death_by_signal_is_told() -> None:
    client = await started(ECHO)
    await wait_for_hello(client)
    client.kill()
    last = (await all_events(client))[-1]
    assert isinstance(last, Exited) and last.how == "signal SIGKILL"
    with pytest.raises(DaemonGone):
        await client.send(Pause())
    await client.close()


@pytest.mark.parametrize(
    ("script", "returncode"),
    [
        pytest.param(f"import sys\n{READY}sys.stdin.read()", 0, id="deaf to shutdown"),
        pytest.param(
            f"import threading\n{READY}threading.Event().wait()",
            -signal.SIGTERM,
            id="deaf to the end of stdin",
        ),
        pytest.param(
            "import signal, threading\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            f"{READY}threading.Event().wait()",
            -signal.SIGKILL,
            id="deaf to SIGTERM",
        ),
    ],
)
async def test_close_uses_force_step_by_step(script: str, returncode: int) -> None:
    client = await started(script, FAST)
    await wait_for_hello(client)
    await client.close()
    last = (await all_events(client))[-1]
    assert isinstance(last, Exited) and last.returncode == returncode


async def test_close_before_start_and_twice() -> None:
    await DaemonClient([sys.executable]).close()
    client = await started(ECHO)
    await client.close()
    await client.close()


async def test_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        await DaemonClient(["/nowhere/daemon"]).start()


async def test_invalid_command_is_refused_here() -> None:
    client = await started(ECHO)
    with pytest.raises(SchemaError):
        await client.send("not a message")
    await client.close()


async def test_program_that_is_no_daemon_is_killed_and_told() -> None:
    client = await started("while True: print('y')")
    last = (await all_events(client))[-1]
    assert isinstance(last, Exited) and last.how == "signal SIGKILL"
    assert "no daemon" in last.why and last.last_lines == ("y",) * 50


async def test_greetings_of_a_login_before_the_hello_are_only_told() -> None:
    events = await all_events(await started(f"for _ in range(99): print('Welcome')\n{READY}"))
    assert [type(event) for event in events] == [ProtocolWarning] * 99 + [Envelope, Exited]
    last = events[-1]
    assert isinstance(last, Exited) and last.why == ""


async def test_kill_reaches_what_a_shell_has_started(tmp_path: Path) -> None:
    client = await behind_a_shell(tmp_path)
    daemon_pid = await pid_from_hello(client)
    assert daemon_pid != client.pid
    client.kill()
    last = (await all_events(client))[-1]
    assert isinstance(last, Exited) and last.returncode == -signal.SIGKILL
    await ended(daemon_pid)


async def test_end_of_the_shell_is_the_end_of_the_daemons_input(tmp_path: Path) -> None:
    client = await behind_a_shell(tmp_path)
    daemon_pid = await pid_from_hello(client)
    os.kill(client.pid, signal.SIGKILL)
    assert isinstance((await all_events(client))[-1], Exited)
    await ended(daemon_pid)


async def test_slow_consumer_does_not_hold_up_the_daemon() -> None:
    status = '{"type": "training_status", "payload": {}}'
    client = await started(f"for _ in range(30000): print('{status}')\n")
    supervisor = client._supervisor
    assert supervisor is not None
    async with asyncio.timeout(60):
        await supervisor
    events = await all_events(client)
    assert isinstance(events[-1], Exited) and len(events) == 10_000


def test_client_reaches_neither_jax_nor_the_extension(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "import lczero_training.client.process, lczero_training.client.fake\n"
        "heavy = {'jax', 'flax', 'numpy', 'lczero_training.loader'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=env, cwd=tmp_path)
