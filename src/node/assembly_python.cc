#include <unistd.h>

#include <filesystem>

#include "node/assembly_work.h"
#include "node/tool.h"

namespace firesteel::node {

Result<std::string> find_python(StopToken stop) {
  for (const std::string& python : {find_program("python3"), std::string("/usr/bin/python3")}) {
    if (python.empty() || access(python.c_str(), X_OK) != 0) continue;
    if (run_tool({{python, "-m", "pip", "--version"}, "/", {}, {}}, stop)) return python;
  }
  return fail(ErrorCode::kNotFound,
              "python3 with pip is needed to download the image: install python3-pip");
}

Result<void> add_python_packages(const AssemblyWork& work) {
  if (work.recipe.python_requirements.empty()) return {};
  const std::string python = TRY(find_python(work.stop));
  const std::string list =
      work.scratch + "/" +
      std::filesystem::path(work.recipe.python_requirements).filename().string();
  TRY(write_embedded(work.recipe.python_requirements, list, 0600));
  const std::string into = work.root + "/" + work.recipe.python_into;
  TRY(make_directories(into));
  const auto report = [&] {
    work.progress(fmt::format("installing Python packages: {:.0f} MB", megabytes_in(into)), 0.95);
  };
  TRY(context(
      run_tool({{python, "-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary",
                 ":all:", "--progress-bar", "off", "--no-compile", "--disable-pip-version-check",
                 "--root-user-action", "ignore", "--target", into, "-r", list},
                work.scratch,
                {},
                report},
               work.stop),
      "install the image's Python packages (is there a network?)"));
  return {};
}

}  // namespace firesteel::node
