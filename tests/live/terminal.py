"""Plays a person at the terminal of an agent: waits until it has drawn its screen, types a prompt, waits until the model's answer ends
the turn and no more is asked, and presses Ctrl-C twice."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

DRAWN, QUIET, MOST = 8, 8, 300  # seconds
# What programs ask a terminal, and what one answers.
ANSWERS = {b"\x1b[6n": b"\x1b[1;1R", b"\x1b[c": b"\x1b[?62c"}


def play(command, prompt, folder, environment, answered):
    """What was on the screen at last. `answered`: what the model was asked and said so far."""
    child, screen = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execve(command[0], command, environment)
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen, began, before = b"", time.time(), len(answered)
    typed = ended = None
    known, changed = before, began
    while time.time() - began < MOST:
        if select.select([screen], [], [], 0.3)[0]:
            try:
                data = os.read(screen, 65536)
            except OSError:
                break  # it has ended
            seen = (seen + data)[-4000:]
            for question, answer in ANSWERS.items():
                if question in data:
                    os.write(screen, answer)
        if len(answered) != known:
            known, changed = len(answered), time.time()
        now = time.time()
        if typed is None and now - began > DRAWN:
            os.write(screen, prompt.encode())
            time.sleep(0.6)
            os.write(screen, b"\r")
            typed = now
        elif typed and ended is None and (known > before and not answered[-1]["calls"] and now - changed > QUIET or now - typed > MOST / 2):
            for _ in range(2):
                os.write(screen, b"\x03")
                time.sleep(0.5)
            ended = now
        elif ended and now - ended > 4:
            break
    try:
        os.kill(child, signal.SIGTERM)
    except ProcessLookupError:
        pass
    os.close(screen)
    os.waitpid(child, 0)
    return seen.decode(errors="replace")
