#include "node/pod_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace firesteel::node {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::size_t kLongestAddress = sizeof(sockaddr_storage);
constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

template <typename T>
std::optional<T> read_as(std::span<const std::byte> bytes) {
  T value{};
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

template <typename T>
std::vector<std::byte> bytes_of(const T& value) {
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// In network order; nothing for an IPv6 address that stands for no IPv4 one. :: and ::1 stand for
// 0.0.0.0 and 127.0.0.1.
std::optional<in_addr_t> as_ipv4(const in6_addr& address) {
  if (IN6_IS_ADDR_UNSPECIFIED(&address)) return htonl(INADDR_ANY);
  if (IN6_IS_ADDR_LOOPBACK(&address)) return htonl(INADDR_LOOPBACK);
  if (!IN6_IS_ADDR_V4MAPPED(&address)) return std::nullopt;
  in_addr_t result = 0;
  std::memcpy(&result, &address.s6_addr[kMapped.size()], sizeof result);
  return result;
}

bool is_pods_own(SocketCall call, in_addr_t address, std::uint16_t port,
                 const std::function<bool(std::uint16_t)>& listens) {
  const bool local = address == htonl(INADDR_LOOPBACK);
  const bool any = address == htonl(INADDR_ANY);
  // A port of the kernel's choice on localhost is nobody else's.
  if (call == SocketCall::kBind) return any || (local && port != 0);
  return (local || any) && listens(port);
}

std::string read_below(const Fd& directory, const std::string& path) {
  const Fd file(openat(directory.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16384> buffer;
  ssize_t count = 0;
  while (file.valid() && (count = read(file.get(), buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

// Descriptors belong to the process of a thread; pidfd_open(2) knows only processes.
pid_t process_of(const Fd& proc, pid_t thread) {
  constexpr std::string_view kField = "Tgid:\t";
  const std::string status = read_below(proc, fmt::format("{}/status", thread));
  const std::size_t at = status.find(kField);
  return at == std::string::npos ? thread : std::atoi(status.c_str() + at + kField.size());
}

// A descriptor of our own for the program's socket (pidfd_getfd(2)).
Fd borrow(pid_t owner, int descriptor) {
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, owner, 0)));
  if (!process.valid()) return {};
  return Fd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

std::vector<std::byte> read_memory(pid_t pid, std::uint64_t address, std::size_t size) {
  std::vector<std::byte> bytes(std::min(size, kLongestAddress));
  iovec local{bytes.data(), bytes.size()};
  iovec remote{reinterpret_cast<void*>(address), bytes.size()};
  const ssize_t count = process_vm_readv(pid, &local, 1, &remote, 1, 0);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

// Lines of proc_pid_net(5)'s tcp and tcp6: "sl local remote state".
bool listens_on(const SocketAnswers& answers, std::uint16_t port) {
  in_addr address{};
  if (inet_pton(AF_INET, answers.own.c_str(), &address) != 1) return false;
  // State 0A with no peer is LISTEN.
  const std::string hex = fmt::format("{:08X}:{:04X}", address.s_addr, port);
  const std::string four = fmt::format(" {} 00000000:0000 0A ", hex);
  if (read_below(answers.proc, "self/net/tcp").find(four) != std::string::npos) return true;
  const std::string six =
      fmt::format(" 0000000000000000FFFF0000{} 00000000000000000000000000000000:0000 0A ", hex);
  return read_below(answers.proc, "self/net/tcp6").find(six) != std::string::npos;
}

std::optional<int> carry_out(SocketCall call, const seccomp_notif& request,
                             const SocketAnswers& answers) {
  const auto pid = static_cast<pid_t>(request.pid);
  const std::vector<std::byte> asked =
      read_memory(pid, request.data.args[1], static_cast<std::size_t>(request.data.args[2]));
  const auto address = own_socket_address(
      call, asked, answers.own, [&](std::uint16_t port) { return listens_on(answers, port); });
  if (!address) return std::nullopt;
  const Fd socket = borrow(process_of(answers.proc, pid), static_cast<int>(request.data.args[0]));
  if (!socket.valid()) return std::nullopt;
  const auto* target = reinterpret_cast<const sockaddr*>(address->data());
  const auto size = static_cast<socklen_t>(address->size());
  const int done = call == SocketCall::kBind ? bind(socket.get(), target, size)
                                             : connect(socket.get(), target, size);
  return done == 0 ? 0 : -errno;
}

}  // namespace

std::optional<std::vector<std::byte>> own_socket_address(
    SocketCall call, std::span<const std::byte> address, const std::string& own,
    const std::function<bool(std::uint16_t port)>& listens) {
  in_addr pod{};
  if (inet_pton(AF_INET, own.c_str(), &pod) != 1) return std::nullopt;
  const auto family = read_as<sa_family_t>(address);
  if (!family) return std::nullopt;
  if (*family == AF_INET) {
    auto asked = read_as<sockaddr_in>(address);
    if (!asked || !is_pods_own(call, asked->sin_addr.s_addr, ntohs(asked->sin_port), listens))
      return std::nullopt;
    asked->sin_addr = pod;
    return bytes_of(*asked);
  }
  if (*family != AF_INET6) return std::nullopt;
  auto asked = read_as<sockaddr_in6>(address);
  const auto ipv4 = asked ? as_ipv4(asked->sin6_addr) : std::nullopt;
  if (!ipv4 || !is_pods_own(call, *ipv4, ntohs(asked->sin6_port), listens)) return std::nullopt;
  std::memcpy(asked->sin6_addr.s6_addr, kMapped.data(), kMapped.size());
  std::memcpy(&asked->sin6_addr.s6_addr[kMapped.size()], &pod, sizeof pod);
  return bytes_of(*asked);
}

Result<Fd> hand_over_socket_calls() {
  constexpr std::uint32_t kCallNumber = offsetof(seccomp_data, nr);
  constexpr std::uint32_t kCallArchitecture = offsetof(seccomp_data, arch);
  std::array filter{
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, kCallArchitecture},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 4, kArchitecture},
      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, kCallNumber},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_bind},
      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_connect},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  Fd listener(static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program)));
  if (!listener.valid()) return fail_errno("hand over bind() and connect()");
  return listener;
}

Result<void> send_descriptor(int channel, int descriptor) {
  char byte = 0;
  iovec content{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0) return fail_errno("pass a descriptor");
  return {};
}

std::optional<Fd> receive_descriptor(int channel) {
  char byte = 0;
  iovec content{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) <= 0) return std::nullopt;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return std::nullopt;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return Fd(descriptor);
}

Result<Fd> open_proc() {
  Fd proc(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!proc.valid()) return fail_errno("open /proc");
  return proc;
}

void answer_socket_call(int listener, const SocketAnswers& answers) {
  // The kernel's structures may be longer than those of the headers this was built with.
  seccomp_notif_sizes sizes{};
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return;
  std::vector<std::byte> room(std::max<std::size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)));
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, room.data()) != 0) return;  // it is gone already
  const auto request = read_as<seccomp_notif>(room);
  if (!request) return;
  const SocketCall call = request->data.nr == SYS_bind ? SocketCall::kBind : SocketCall::kConnect;
  const std::optional<int> result = carry_out(call, *request, answers);
  std::vector<std::byte> answer(
      std::max<std::size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
  seccomp_notif_resp response{};
  response.id = request->id;
  response.error = result.value_or(0);
  response.flags = result ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  std::memcpy(answer.data(), &response, sizeof response);
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, answer.data());
}

}  // namespace firesteel::node
