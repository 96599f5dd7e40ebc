#pragma once
// Pods share the machine's network and have an address each: this gives them what a network
// namespace would. What a program binds to every address or to localhost gets its pod's address
// alone, and what it connects to on localhost is its pod's own, when something listens there. The
// kernel hands bind() and connect() over to the pod's first process (seccomp_unotify(2)), so it
// holds for every program, static ones too. It is a convenience, no fence: a program that races
// against it harms only itself.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace firesteel::node {

enum class SocketCall { kBind, kConnect };

// The socket address to use in place of `address` (a sockaddr), or nothing to leave the call alone.
// `own` is the pod's IPv4 address; `listens` whether something listens on it at a port. Pure.
[[nodiscard]] std::optional<std::vector<std::byte>> own_socket_address(
    SocketCall call, std::span<const std::byte> address, const std::string& own,
    const std::function<bool(std::uint16_t port)>& listens);

// In the process that becomes the program, after no_new_privs: from here on its calls are handed
// over to whoever holds the descriptor. Errors: kIo where the kernel lacks it.
[[nodiscard]] Result<Fd> hand_over_socket_calls();

// Passes a descriptor through a socket pair. Errors: kIo.
[[nodiscard]] Result<void> send_descriptor(int channel, int descriptor);
// Nothing when the other end was closed without sending one.
[[nodiscard]] std::optional<Fd> receive_descriptor(int channel);

// Who answers: the pod's address, and a /proc that shows processes by the numbers of the answering
// process's own pid namespace.
struct SocketAnswers {
  std::string own;
  Fd proc;
};
// Errors: kIo.
[[nodiscard]] Result<Fd> open_proc();

// Answers one call that waits on the listener. Never blocks for long; what cannot be answered is
// left to the kernel.
void answer_socket_call(int listener, const SocketAnswers& answers);

}  // namespace firesteel::node
