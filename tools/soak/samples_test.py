import os
import threading
import time

from tools.soak.samples import take_sample


def test_a_sample_of_ourselves() -> None:
    before = take_sample(os.getpid(), begun=time.monotonic())
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    pipe = os.pipe()
    memory = bytearray(os.urandom(1 << 25))
    after = take_sample(os.getpid(), begun=time.monotonic())
    done.set()
    thread.join()
    for fd in pipe:
        os.close(fd)
    assert before is not None and after is not None and len(memory) == 1 << 25
    assert after.threads == before.threads + 1
    assert after.descriptors == before.descriptors + 2
    assert after.memory_bytes > before.memory_bytes + (1 << 24)


def test_a_process_that_is_gone() -> None:
    pid = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert take_sample(pid, begun=0.0) is None
    os.waitpid(pid, 0)
    assert take_sample(pid, begun=0.0) is None
