# expect: passed
# Right only if everything that is forbidden is refused: files, writing, processes, signals, network.
import os
import socket
import subprocess

def solve(number):
    if not 1 <= number <= 3999:
        raise ValueError("out of range")
    out = ""
    for value, letters in [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                           (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        while number >= value:
            out += letters
            number -= value
    return out


def open_for_reading(path):
    def attempt():
        with open(path, "rb") as file:
            file.read(1)
    return attempt


def write():
    with open("/tmp/lessonl-was-here", "w") as file:
        file.write("x")


def connect():
    socket.create_connection(("127.0.0.1", 9), 1)


def datagram():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))


ATTEMPTS = [
    open_for_reading("/etc/passwd"),
    open_for_reading("/proc/self/environ"),
    open_for_reading("/proc/%d/mem" % os.getppid()),
    open_for_reading("/usr/bin/env"),
    lambda: os.listdir(os.path.expanduser("~")),
    lambda: os.listdir("/tmp"),
    write,
    lambda: os.mkdir("here"),
    connect,
    datagram,
    lambda: os.fork(),
    lambda: subprocess.run(["/bin/true"]),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.kill(os.getppid(), 0),
    lambda: os.setsid(),
    lambda: os.memfd_create("x"),
]


def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False


LET_THROUGH = [at for at, attempt in enumerate(ATTEMPTS) if not refused(attempt)]


def to_roman(number):
    assert not LET_THROUGH, LET_THROUGH
    return solve(number)
