"""One request over TLS: plain answers, watches until their end, half bodies."""
import http.client
import json
import socket
import time

from steps import AGENT, encoded

TIMEOUT = 30


class Session:
    """The client of one server in one sequence: what it remembers, and the substitution of it."""

    def __init__(self, server, namespace):
        self.port = server.port
        self.context = server.context()
        self.memory = {"ns": namespace}
        self.connection = None

    def fill(self, text):
        raw = isinstance(text, bytes)
        if raw:
            return text
        for name in sorted(self.memory, key=len, reverse=True):
            text = text.replace("$" + name, str(self.memory[name]))
        return text

    def run(self, step):
        """Code, headers and body (parsed when it is JSON; a list of frames for a watch)."""
        if step.until is None:
            answer = self.once(step)
        else:
            end = time.monotonic() + TIMEOUT
            answer = self.once(step)
            while not step.until(answer[0], answer[2]) and time.monotonic() < end:
                time.sleep(0.05)
                answer = self.once(step)
        for name, path in step.remember.items():
            self.memory[name] = at(answer[2], path)
        return answer

    def once(self, step):
        body = encoded(step.body)
        body = self.fill(body.decode()).encode() if not isinstance(step.body, bytes) else body
        headers = {"User-Agent": AGENT}
        if step.accept:
            headers["Accept"] = step.accept
        if body and step.type:
            headers["Content-Type"] = step.type
        headers.update({name: self.fill(value) for name, value in step.headers.items()})
        if step.cut:
            return self.half(step, headers, body)
        for attempt in (0, 1):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=TIMEOUT, context=self.context)
            try:
                return self.exchange(step, headers, body)
            except (http.client.HTTPException, OSError) as error:
                self.close()
                if fresh or attempt:  # a kept connection may have been closed by the server; a new one may not
                    return 0, {}, f"no answer: {type(error).__name__}"
        raise AssertionError("unreachable")

    def exchange(self, step, headers, body):
        self.connection.putrequest(step.method, self.fill(step.path), skip_accept_encoding=True)
        for name, value in headers.items():
            self.connection.putheader(name, value)
        if body or step.method in ("POST", "PUT", "PATCH"):
            self.connection.putheader("Content-Length", str(len(body)))
        self.connection.endheaders()
        if body:
            try:
                self.connection.send(body)
            except OSError:
                pass  # the server may answer before it has read everything
        answer = self.connection.getresponse()
        content = answer.read()
        kept = dict(answer.getheaders())
        kept["Warning"] = [value for name, value in answer.getheaders() if name.lower() == "warning"]
        if answer.will_close:
            self.close()
        if step.frames and answer.status == 200:
            return answer.status, kept, [parsed(line) for line in content.splitlines() if line.strip()]
        return answer.status, kept, parsed(content)

    def half(self, step, headers, body):
        """Announces more than it sends, then closes its side."""
        lines = [f"{step.method} {self.fill(step.path)} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body) + step.cut}", "", ""]
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as plain:
            with self.context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
                wrapped.sendall("\r\n".join(lines).encode() + body)
        return 0, {}, "closed"

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def parsed(content):
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")


def at(value, path):
    """A dotted path; numbers index lists. "" when it is not there: the next request then shows it."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else value
