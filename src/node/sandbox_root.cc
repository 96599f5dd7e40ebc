#include "node/sandbox_root.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "node/mounts.h"

namespace firesteel::node {
namespace {

// What programs of the host need from /etc. A list, for the rest (keys, shadow passwords) is not a
// pod's business.
constexpr std::array<std::string_view, 25> kHostEtc = {
    "alternatives",   "bash.bashrc",     "ca-certificates", "ca-certificates.conf",
    "debian_version", "default",         "fonts",           "gai.conf",
    "host.conf",      "java-17-openjdk", "java-21-openjdk", "ld.so.cache",
    "ld.so.conf",     "ld.so.conf.d",    "locale.alias",    "localtime",
    "magic",          "mime.types",      "networks",        "os-release",
    "profile",        "protocols",       "python3",         "services",
    "timezone"};
constexpr std::array<std::string_view, 7> kHostTop = {"usr",   "bin",   "sbin",  "lib",
                                                      "lib32", "lib64", "libx32"};
constexpr std::array<const char*, 6> kDevices = {"null",   "zero",    "full",
                                                 "random", "urandom", "tty"};

std::string escape(const std::string& path) {
  std::string result;
  for (const char c : path) {
    if (c == ',' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

Result<void> make_plain_directory(const std::string& path, unsigned mode = 0755) {
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return fail_errno("make " + path);
  return {};
}

// As overlayfs names them: the uppermost first.
std::string lower_layers(const Sandbox& sandbox) {
  if (sandbox.image_layers.empty()) return escape(sandbox.scratch_directory + "/empty");
  std::string result;
  for (const std::string& layer : sandbox.image_layers)
    result = escape(layer) + (result.empty() ? "" : ":" + result);
  return result;
}

Result<void> mount_overlay(const Sandbox& sandbox, const std::string& layers, bool privileged) {
  const std::string lower = lower_layers(sandbox);
  TRY(make_plain_directory(sandbox.scratch_directory + "/empty"));
  TRY(make_plain_directory(layers + "/upper"));
  TRY(make_plain_directory(layers + "/work"));
  const std::string options =
      fmt::format("lowerdir={},upperdir={},workdir={}{}", lower, escape(layers + "/upper"),
                  escape(layers + "/work"), privileged ? "" : ",userxattr");
  const std::string root = sandbox.scratch_directory + "/root";
  if (mount("overlay", root.c_str(), "overlay", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
    return fail_errno("mount overlay of " + lower);
  return {};
}

// The image under a writable layer. Some file systems (another overlay, network) cannot be that
// layer: then it is memory.
Result<void> mount_root(const Sandbox& sandbox, bool privileged) {
  TRY(make_plain_directory(sandbox.scratch_directory + "/root"));
  Result<void> mounted = mount_overlay(sandbox, sandbox.scratch_directory, privileged);
  if (mounted) return {};
  const std::string memory = sandbox.scratch_directory + "/memory";
  TRY(make_plain_directory(memory));
  if (mount("tmpfs", memory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
    return fail_errno("mount tmpfs for a container");
  if (mount_overlay(sandbox, memory, privileged)) return {};
  if (!sandbox.image_layers.empty()) return mounted;
  const std::string root = sandbox.scratch_directory + "/root";
  if (mount("tmpfs", root.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
    return fail_errno("mount tmpfs for a container");
  return {};
}

Result<Fd> open_host(const std::string& path) {
  Fd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("open " + path);
  return fd;
}

Result<void> bind_host(const RootDirectory& root, const std::string& source,
                       std::string_view target, BindOptions options) {
  Fd from = TRY(open_host(source));
  struct stat info{};
  fstat(from.get(), &info);
  Fd to = S_ISDIR(info.st_mode) ? TRY(root.make_directory(target)) : TRY(root.make_file(target));
  return bind_tree(from.get(), to.get(), options, source);
}

// Mount points that the host's /usr does not have lie in a second layer above it.
Result<bool> mount_usr_with_points(const RootDirectory& root, const Sandbox& sandbox,
                                   bool privileged) {
  const std::string points = sandbox.scratch_directory + "/points";
  bool needed = false;
  for (const SandboxBind& bind : sandbox.binds) {
    std::error_code error;
    if (!bind.target.starts_with("/usr/") || std::filesystem::exists(bind.target, error)) continue;
    TRY(make_plain_directory(points));
    const RootDirectory layer = TRY(RootDirectory::open(points));
    const std::string inside = bind.target.substr(4);
    if (std::filesystem::is_directory(bind.source, error)) {
      TRY(layer.make_directory(inside));
    } else {
      TRY(layer.make_file(inside));
    }
    needed = true;
  }
  if (!needed) return false;
  Fd usr = TRY(root.make_directory("/usr"));
  const std::string data =
      fmt::format("lowerdir={}:/usr{}", escape(points), privileged ? "" : ",userxattr");
  TRY(mount_on(usr.get(), "overlay", MS_NOSUID | MS_NODEV | MS_RDONLY, data, "/usr"));
  return true;
}

Result<void> mount_system(const RootDirectory& root, const Sandbox& sandbox, bool privileged) {
  const bool usr = TRY(mount_usr_with_points(root, sandbox, privileged));
  for (const std::string_view name : kHostTop) {
    if (usr && name == "usr") continue;
    const std::string path = fmt::format("/{}", name);
    std::error_code error;
    const auto type = std::filesystem::symlink_status(path, error).type();
    if (type == std::filesystem::file_type::symlink) {
      TRY(root.make_link(path, std::filesystem::read_symlink(path, error).string()));
    } else if (type == std::filesystem::file_type::directory) {
      TRY(bind_host(root, path, path, {}));
    }
  }
  for (const std::string_view name : kHostEtc) {
    const std::string path = fmt::format("/etc/{}", name);
    std::error_code error;
    const auto type = std::filesystem::symlink_status(path, error).type();
    if (type == std::filesystem::file_type::symlink) {
      TRY(root.make_link(path, std::filesystem::read_symlink(path, error).string()));
    } else if (type != std::filesystem::file_type::not_found && access(path.c_str(), R_OK) == 0) {
      TRY(bind_host(root, path, path, {}));
    }
  }
  // Certificates, but not private keys that may lie beside them.
  for (const char* path : {"/etc/ssl/certs", "/etc/ssl/openssl.cnf"})
    if (access(path, R_OK) == 0) TRY(bind_host(root, path, path, {}));
  return {};
}

Result<void> mount_kernel(const RootDirectory& root) {
  Fd proc = TRY(root.make_directory("/proc"));
  const Result<void> fresh =
      mount_on(proc.get(), "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", "/proc");
  // Inside a container engine parts of /proc are covered, and the kernel refuses a fresh one.
  if (!fresh) TRY(bind_host(root, "/proc", "/proc", {.read_only = false, .devices = false}));
  if (const Result<void> sys = bind_host(root, "/sys", "/sys", {}); !sys)
    TRY(root.make_directory("/sys"));
  return {};
}

Result<void> mount_devices(const RootDirectory& root) {
  Fd dev = TRY(root.make_directory("/dev"));
  TRY(mount_on(dev.get(), "tmpfs", MS_NOSUID, "mode=755,size=64k", "/dev"));
  for (const char* name : kDevices) {
    const std::string path = fmt::format("/dev/{}", name);
    if (access(path.c_str(), F_OK) != 0) continue;
    TRY(bind_host(root, path, path, {.read_only = false, .devices = true}));
  }
  TRY(root.make_link("/dev/fd", "/proc/self/fd"));
  TRY(root.make_link("/dev/stdin", "/proc/self/fd/0"));
  TRY(root.make_link("/dev/stdout", "/proc/self/fd/1"));
  TRY(root.make_link("/dev/stderr", "/proc/self/fd/2"));
  Fd shm = TRY(root.make_directory("/dev/shm"));
  return mount_on(shm.get(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", "/dev/shm");
}

Result<void> make_usual_directories(const RootDirectory& root) {
  for (const char* path : {"/tmp", "/var/tmp"}) TRY(root.make_directory(path, 01777));
  for (const char* path : {"/run", "/var", "/home", "/mnt", "/srv", "/opt", "/etc", "/media"})
    TRY(root.make_directory(path));
  TRY(root.make_directory("/root", 0700));
  TRY(root.make_link("/var/run", "/run"));
  TRY(root.make_link("/etc/mtab", "/proc/mounts"));
  return {};
}

Result<void> mount_volumes(const RootDirectory& root, const Sandbox& sandbox) {
  for (const SandboxTmpfs& one : sandbox.tmpfs) {
    Fd target = TRY(root.make_directory(one.target));
    std::string data = "mode=1777";
    if (one.size > 0) data += fmt::format(",size={}", one.size);
    TRY(mount_on(target.get(), "tmpfs", MS_NOSUID | MS_NODEV, data, one.target));
  }
  std::vector<SandboxBind> binds = sandbox.binds;
  std::ranges::stable_sort(binds, {}, &SandboxBind::target);  // parents before children
  for (const SandboxBind& bind : binds) {
    Fd source = TRY(open_source(bind.source, bind.sub_path, bind.make_source));
    struct stat info{};
    fstat(source.get(), &info);
    Fd target = S_ISDIR(info.st_mode) ? TRY(root.make_directory(bind.target))
                                      : TRY(root.make_file(bind.target));
    TRY(bind_tree(source.get(), target.get(), {.read_only = bind.read_only},
                  fmt::format("{} on {}", bind.source, bind.target)));
  }
  return {};
}

Result<void> give_directories(const RootDirectory& root, const Sandbox& sandbox, bool privileged) {
  for (const std::string& path : sandbox.owned_directories) {
    Fd directory = TRY(root.make_directory(path));
    if (!privileged) continue;
    const std::string link = fmt::format("/proc/self/fd/{}", directory.get());
    if (chown(link.c_str(), static_cast<uid_t>(sandbox.user), static_cast<gid_t>(sandbox.group)) !=
        0)
      return fail_errno(fmt::format("give {} to user {}", path, sandbox.user));
  }
  return {};
}

Result<void> switch_root(const std::string& path, bool read_only) {
  if (chdir(path.c_str()) != 0) return fail_errno("enter " + path);
  // The old root comes to lie on top of the new one and is taken away: no directory is needed.
  if (syscall(SYS_pivot_root, ".", ".") != 0) return fail_errno("pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return fail_errno("leave the host's root");
  if (chdir("/") != 0) return fail_errno("enter the container's root");
  if (read_only) {
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof attributes) != 0)
      return fail_errno("make the root read-only");
  }
  return {};
}

}  // namespace

Result<void> enter_root(const Sandbox& sandbox, bool privileged) {
  umask(0);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return fail_errno("make mounts private");
  TRY(mount_root(sandbox, privileged));
  const std::string path = sandbox.scratch_directory + "/root";
  {
    const RootDirectory root = TRY(RootDirectory::open(path));
    TRY(make_usual_directories(root));
    TRY(mount_system(root, sandbox, privileged));
    TRY(mount_kernel(root));
    TRY(mount_devices(root));
    for (const SandboxFile& file : sandbox.files)
      TRY(root.write_file(file.path, file.content, file.mode));
    TRY(give_directories(root, sandbox, privileged));
    TRY(mount_volumes(root, sandbox));
    // Made as container engines do; one that cannot be made is told by chdir.
    (void)root.make_directory(sandbox.working_directory);
  }
  return switch_root(path, sandbox.read_only_root);
}

}  // namespace firesteel::node
