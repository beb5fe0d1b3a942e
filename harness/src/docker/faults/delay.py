# Lets packets of queue 25 go late: by the sum of all delays in delay.d, each "BY JITTER" in
# microseconds. They keep their order. Ends on SIGTERM, and then lets all go at once.
import collections, os, random, select, signal, socket, struct, time

QUEUE, SUBSYSTEM = 25, 3
PACKET, VERDICT, CONFIG = 0, 1, 2


def attribute(kind, data):
    return struct.pack("HH", len(data) + 4, kind) + data + bytes(-len(data) % 4)


def tell(kind, data):
    body = struct.pack("!BBH", 0, 0, QUEUE) + data
    s.send(struct.pack("IHHII", len(body) + 16, SUBSYSTEM << 8 | kind, 1, 0, 0) + body)


def packets(buffer):
    """The numbers of the packets in what the kernel tells."""
    at = 0
    while at + 16 <= len(buffer):
        length, kind = struct.unpack_from("IH", buffer, at)
        if kind == SUBSYSTEM << 8 | PACKET:
            attr = at + 20
            while attr + 4 <= at + length:
                size, name = struct.unpack_from("HH", buffer, attr)
                if name & 0x7FFF == 1:
                    yield struct.unpack_from("!I", buffer, attr + 4)[0]
                    break
                attr += max(4, size + -size % 4)
        at += max(16, length + -length % 4)


def delays():
    found = []
    for entry in os.scandir("/var/lib/filage/delay.d"):
        try:
            found.append([int(word) / 1e6 for word in open(entry.path).read().split()])
        except OSError:
            pass
    return found


def let_go(number):
    tell(VERDICT, attribute(2, struct.pack("!II", 1, number)))


s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.bind((0, 0))
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)
tell(CONFIG, attribute(1, struct.pack("!BBH", 1, 0, 0)))
tell(CONFIG, attribute(2, struct.pack("!IB", 0, 1)) + attribute(3, struct.pack("!I", 50000)))
s.setblocking(False)
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])

waiting, last, looked, late = collections.deque(), 0, 0, []
while not ended:
    now = time.monotonic()
    if now - looked > 0.1:
        late, looked = delays(), now
    while waiting and waiting[0][0] <= now:
        let_go(waiting.popleft()[1])
    wait = min(waiting[0][0] - now, 0.1) if waiting else 0.1
    if not select.select([s], [], [], max(wait, 0))[0]:
        continue
    try:
        told = s.recv(1 << 16)
    except OSError:
        continue
    now = time.monotonic()
    for number in packets(told):
        by = sum(max(0, by + random.uniform(-jitter, jitter)) for by, jitter in late)
        last = max(last, now + by)
        waiting.append((last, number))
for _, number in waiting:
    let_go(number)
