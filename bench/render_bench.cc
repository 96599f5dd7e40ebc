// render_bench FILE [COUNT]: builds the objects of FILE's application COUNT times (default 1000)
// and prints the CPU time of one and the growth of resident memory. Under callgrind (bench/render)
// the counts say where it goes.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

#include "base/fd.h"
#include "base/json/yaml.h"
#include "kube/object.h"
#include "spark/defaults.h"
#include "spark/submission.h"

namespace {

using namespace firesteel;

spark::AttemptInputs inputs() {
  spark::AttemptInputs out;
  out.submission_id = "11111111-2222-3333-4444-555555555555";
  out.application_id = "spark-0123456789abcdef0123456789abcdef";
  out.unique_id = "a1b2c30199f0e1d2";
  out.local_dir_id = "66666666-7777-8888-9999-000000000000";
  out.kubernetes_master = "https://10.96.0.1:443";
  out.network_policy = true;
  return out;
}

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return resident * 4;
}

int complain(const std::string& what) {
  fmt::print(stderr, "render_bench: {}\n", what);
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return complain("which FILE?");
  const int count = argc > 2 ? std::atoi(argv[2]) : 1000;
  const auto text = read_file(argv[1]);
  if (!text) return complain(text.error().message);
  const auto documents = json::parse_yaml(*text);
  if (!documents || documents->empty()) return complain("no YAML document");
  const json::Value& application = documents->front().value;
  const spark::AttemptInputs attempt = inputs();
  std::size_t objects = 0;
  const auto build = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const auto built = spark::build_submission(spark::apply_defaults(application), attempt);
      objects += built ? 1 + built->dependents.size() : 0;
    }
  };
  build(std::max(1, count / 10));  // tables, allocator, caches
  const long memory = resident_kib();
  const double began = cpu_microseconds();
  objects = 0;
  build(count);
  const double took = cpu_microseconds() - began;
  if (objects == 0) return complain("the application is not valid");
  fmt::print("{} renders: {:.1f} us of CPU each, {} objects each, memory {:+} KiB\n", count,
             took / count, objects / static_cast<std::size_t>(count), resident_kib() - memory);
  return EXIT_SUCCESS;
}
