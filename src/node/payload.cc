#include "node/payload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/fd.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kData = "..data";

Result<void> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return fail(ErrorCode::kIo, fmt::format("make {}: {}", path.string(), error.message()));
  return {};
}

// Durability does not matter, the API has it.
Result<void> write_file(const std::string& path, const plan::File& file, PayloadOwner owner) {
  TRY(make_directories(fs::path(path).parent_path()));
  const Fd out(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  if (!out.valid()) return fail_errno("write " + path);
  std::string_view left = file.content;
  while (!left.empty()) {
    const ssize_t count = write(out.get(), left.data(), left.size());
    if (count <= 0) return fail_errno("write " + path);
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  if (geteuid() == 0 &&
      fchown(out.get(), static_cast<uid_t>(owner.user), static_cast<gid_t>(owner.group)) != 0)
    return fail_errno("give " + path);
  if (fchmod(out.get(), file.mode) != 0) return fail_errno("write " + path);
  return {};
}

bool holds(const std::string& data, const std::vector<plan::File>& files) {
  std::error_code error;
  std::size_t there = 0;
  for (fs::recursive_directory_iterator it(data, error), end; !error && it != end;
       it.increment(error))
    there += it->is_regular_file() ? 1 : 0;
  if (error || there != files.size()) return false;
  return std::ranges::all_of(files, [&](const plan::File& file) {
    const std::string path = data + "/" + file.path;
    struct stat info{};
    if (stat(path.c_str(), &info) != 0 || (info.st_mode & 07777) != file.mode) return false;
    const Result<std::string> content = read_file(path);
    return content && *content == file.content;
  });
}

// `link` comes to point to `target`, whatever it was before.
Result<void> point(const std::string& link, const std::string& target) {
  std::error_code error;
  if (fs::is_symlink(link, error) && fs::read_symlink(link, error) == target) return {};
  if (fs::is_directory(fs::symlink_status(link, error))) fs::remove_all(link, error);
  const std::string fresh = link + ".new";
  unlink(fresh.c_str());
  if (symlink(target.c_str(), fresh.c_str()) != 0 || std::rename(fresh.c_str(), link.c_str()) != 0)
    return fail_errno(fmt::format("link {} to {}", link, target));
  return {};
}

// What neither is one of `names` nor the present content.
void remove_old(const std::string& directory, const std::set<std::string>& names,
                const std::string& present) {
  std::error_code error;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name != kData && name != present && !names.contains(name)) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove_all(path, error);
}

}  // namespace

Result<void> write_payload(const std::string& directory, const std::vector<plan::File>& files,
                           PayloadOwner owner) {
  const std::string data = fmt::format("{}/{}", directory, kData);
  std::error_code error;
  if (fs::exists(data, error) && holds(data, files)) return {};
  std::string fresh = directory + "/..content-XXXXXX";
  if (mkdtemp(fresh.data()) == nullptr) return fail_errno("make " + fresh);
  chmod(fresh.c_str(), 0755);
  std::set<std::string> names;
  for (const plan::File& file : files) {
    names.insert(file.path.substr(0, file.path.find('/')));
    TRY(write_file(fresh + "/" + file.path, file, owner));
  }
  const std::string present = fs::path(fresh).filename().string();
  TRY(point(data, present));
  for (const std::string& name : names)
    TRY(point(directory + "/" + name, fmt::format("{}/{}", kData, name)));
  remove_old(directory, names, present);
  return {};
}

}  // namespace firesteel::node
