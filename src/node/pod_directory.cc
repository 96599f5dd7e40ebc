#include "node/pod_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "base/log.h"
#include "kube/object.h"
#include "node/payload.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMessage = 4096;  // kubelet's MaxContainerTerminationMessageLength

Result<void> make_directories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(ErrorCode::kIo, fmt::format("make {}: {}", path, error.message()));
  return {};
}

Result<void> check_host_path(const plan::Volume& volume) {
  struct stat info{};
  const bool there = stat(volume.host_path.c_str(), &info) == 0;
  const std::string& type = volume.host_type;
  if (!there && type == "DirectoryOrCreate") return make_directories(volume.host_path);
  if (!there && type == "FileOrCreate") {
    Fd made(open(volume.host_path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    return made.valid() ? Result<void>() : fail_errno("make " + volume.host_path);
  }
  const bool directory = type == "Directory" || type == "DirectoryOrCreate";
  const bool file = type == "File" || type == "FileOrCreate";
  if (there && !(directory && !S_ISDIR(info.st_mode)) && !(file && !S_ISREG(info.st_mode)))
    return {};
  return fail(ErrorCode::kNotFound,
              fmt::format("MountVolume.SetUp failed for volume \"{}\" : hostPath type check "
                          "failed: {} is not a {}",
                          volume.name, volume.host_path,
                          directory ? "directory"
                          : file    ? "file"
                                    : "path on this machine"));
}

int mounts_of(const plan::ExecPlan& plan, std::string_view volume) {
  int count = 0;
  for (const auto* list : {&plan.init_containers, &plan.containers})
    for (const plan::Container& container : *list)
      for (const plan::Mount& mount : container.mounts) count += mount.volume == volume ? 1 : 0;
  return count;
}

std::string passwd_of(const plan::Container& container, const plan::ImageConfig& image) {
  std::string text = "root:x:0:0:root:/root:/bin/bash\n";
  const std::string name = container.user == image.user ? image.user_name : "pod";
  if (container.user != 0)
    text += fmt::format("{}:x:{}:{}:{}:{}:/bin/bash\n", name, container.user, container.group, name,
                        image.home);
  return text + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
}

std::string group_of(const plan::Container& container, const plan::ImageConfig& image) {
  std::string text = "root:x:0:\ntty:x:5:\n";
  if (container.group != 0)
    text += fmt::format("{}:x:{}:\n", image.user_name.empty() ? "pod" : image.user_name,
                        container.group);
  return text + "nogroup:x:65534:\n";
}

}  // namespace

PodDirectory::PodDirectory(const std::string& pods_directory, const json::Value& pod)
    : path_(fmt::format("{}/{}_{}_{}", pods_directory, kube::namespace_of(pod), kube::name_of(pod),
                        kube::uid_of(pod))) {}

std::string PodDirectory::scratch(std::string_view container, int attempt) const {
  return fmt::format("{}/containers/{}-{}", path_, container, attempt);
}

std::string PodDirectory::volume(std::string_view name) const {
  return fmt::format("{}/volumes/{}", path_, name);
}

std::string PodDirectory::message_path(std::string_view container, int attempt) const {
  return fmt::format("{}/messages/{}-{}", path_, container, attempt);
}

std::string PodDirectory::termination_message(std::string_view container, int attempt) const {
  const Result<std::string> text = read_file(message_path(container, attempt));
  return text ? text->substr(0, kMaxMessage) : "";
}

std::string PodDirectory::log_path(std::string_view container, int attempt) const {
  return fmt::format("{}/logs/{}/{}.log", path_, container, attempt - 1);
}

Result<void> PodDirectory::write_volumes(const plan::ExecPlan& plan) const {
  TRY(make_directories(path_ + "/volumes"));
  chmod(path_.c_str(), 0700);  // it holds secrets
  const plan::Container owner = plan.containers.empty() ? plan::Container{} : plan.containers[0];
  for (const plan::Volume& one : plan.volumes) {
    if (one.kind == plan::VolumeKind::kHostPath) {
      TRY(check_host_path(one));
      continue;
    }
    const bool claim = one.kind == plan::VolumeKind::kClaim;
    const std::string directory = claim ? one.host_path : volume(one.name);
    std::error_code error;
    const bool fresh = !fs::exists(directory, error);
    TRY(make_directories(directory));
    if (one.kind == plan::VolumeKind::kFiles) {
      TRY(write_payload(directory, one.files, {owner.user, owner.group}));
    } else if (fresh) {
      chmod(directory.c_str(), 0777);
    }
  }
  return {};
}

Result<void> PodDirectory::write_hosts(const std::string& text) const {
  TRY(make_directories(path_));
  const std::string path = path_ + "/hosts";
  if (const Result<std::string> old = read_file(path); old && *old == text) return {};
  Fd file(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  if (!file.valid()) return fail_errno("write " + path);
  fchmod(file.get(), 0644);
  // Written over before it is cut, so that no reader ever sees an empty file.
  if (pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ftruncate(file.get(), static_cast<off_t>(text.size())) != 0)
    return fail_errno("write " + path);
  return {};
}

Result<Sandbox> PodDirectory::make_sandbox(const plan::ExecPlan& plan,
                                           const plan::Container& container,
                                           const plan::ImageConfig& image, int attempt) const {
  Sandbox sandbox;
  sandbox.image_layers = image.layers;
  sandbox.scratch_directory = scratch(container.name, attempt);
  TRY(make_directories(sandbox.scratch_directory));
  sandbox.host_name = plan.host_name;
  sandbox.files = {{"/etc/passwd", passwd_of(container, image), 0644},
                   {"/etc/group", group_of(container, image), 0644},
                   {"/etc/hostname", plan.host_name + "\n", 0644},
                   {"/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n", 0644}};
  sandbox.binds.push_back({path_ + "/hosts", "", "/etc/hosts", true, false});
  std::error_code error;
  if (const fs::path resolv = fs::canonical("/etc/resolv.conf", error); !error)
    sandbox.binds.push_back({resolv.string(), "", "/etc/resolv.conf", true, false});
  for (const auto& [from, to] : image.host_binds)
    sandbox.binds.push_back({from, "", to, true, false});
  for (const plan::Mount& mount : container.mounts) {
    const auto one = std::ranges::find(plan.volumes, mount.volume, &plan::Volume::name);
    if (one == plan.volumes.end()) continue;
    const bool memory = one->kind == plan::VolumeKind::kMemoryDir;
    // Memory that several containers share is a plain directory here: a tmpfs belongs to one
    // sandbox.
    if (memory && mounts_of(plan, mount.volume) == 1 && mount.sub_path.empty()) {
      sandbox.tmpfs.push_back({mount.path, one->size_limit});
      continue;
    }
    const bool host =
        one->kind == plan::VolumeKind::kHostPath || one->kind == plan::VolumeKind::kClaim;
    sandbox.binds.push_back({host ? one->host_path : volume(one->name), mount.sub_path, mount.path,
                             mount.read_only, one->kind != plan::VolumeKind::kFiles});
  }
  const std::string message = message_path(container.name, attempt);
  TRY(make_directories(fs::path(message).parent_path().string()));
  if (!Fd(open(message.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666)).valid())
    return fail_errno("write " + message);
  chmod(message.c_str(), 0666);
  sandbox.binds.push_back({message, "", container.message_path, false, false});
  sandbox.owned_directories = image.writable;
  sandbox.argv = container.argv;
  for (const auto& [name, value] : container.env) sandbox.env.push_back(name + "=" + value);
  sandbox.working_directory = container.working_directory;
  sandbox.user = container.user;
  sandbox.group = container.group;
  sandbox.read_only_root = container.read_only_root;
  return sandbox;
}

std::vector<plan::Trace> PodDirectory::traces() const {
  std::vector<plan::Trace> result;
  std::error_code error;
  for (const auto& directory : fs::directory_iterator(path_ + "/logs", error)) {
    int attempts = 0;
    std::error_code inner;
    for (const auto& file : fs::directory_iterator(directory.path(), inner))
      attempts = std::max(attempts, std::atoi(file.path().filename().c_str()) + 1);
    if (attempts > 0) result.push_back({directory.path().filename().string(), attempts});
  }
  return result;
}

void PodDirectory::remove_container_scratch(std::string_view container, int attempt) const {
  if (const Result<void> removed = remove_scratch(scratch(container, attempt)); !removed)
    log::warning("a container's files were not removed", {{"error", removed.error().message}});
}

void PodDirectory::remove_volumes() const {
  for (const char* part : {"/containers", "/volumes", "/messages"})
    if (const Result<void> removed = remove_scratch(path_ + part); !removed)
      log::warning("a pod's files were not removed", {{"error", removed.error().message}});
}

void PodDirectory::remove() const {
  if (const Result<void> removed = remove_scratch(path_); !removed)
    log::warning("a pod's files were not removed", {{"error", removed.error().message}});
}

}  // namespace firesteel::node
